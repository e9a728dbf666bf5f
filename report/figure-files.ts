import { pageData } from './page-data.js';
import { compositionFile } from './specs/composition.js';
import { continuumFile } from './specs/continuum.js';
import { crossoversFile } from './specs/crossovers.js';
import { differencesFile } from './specs/differences.js';
import type { FigureFile } from './specs/figure-file.js';
import { lawsFile } from './specs/laws.js';
import { learningCurvesFile } from './specs/learning-curves.js';
import { scalingFile } from './specs/scaling.js';
import { selectivityFile } from './specs/selectivity.js';
import type { Study } from './study.js';

/** The figures of a study as files: data and Vega-Lite specifications; those without a row are left out. */
export function figureFiles(study: Study): FigureFile[] {
  const { answers, treatments, styles } = pageData(study);
  const files = [
    learningCurvesFile(study, styles),
    differencesFile(answers.flatMap(({ differences }) => differences)),
    crossoversFile(answers.flatMap(({ comparison }) => comparison ?? [])),
    selectivityFile(treatments, styles),
    continuumFile(study, styles),
    compositionFile(study),
    lawsFile(study, styles),
    scalingFile(study),
  ];
  return files.filter(({ rows }) => rows.length > 0);
}
