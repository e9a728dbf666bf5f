import type { TrialRow } from '../schemas/tables.js';
import { type Answer, answers } from './answer.js';
import { type LimitRow, limitRows } from './limits.js';
import { type StageStyle, stageStyles } from './palette.js';
import { type Sources, sourcesOf } from './phrase.js';
import { type EdgeRow, edgeRows } from './search-edges.js';
import type { CellTrials, Example, Study } from './study.js';
import { type TreatmentRow, treatmentRows } from './treatments.js';

/** A study with what the page derives from it, and for every row the place it has in the page's data. */
export type PageData = {
  study: Study;
  styles: StageStyle[];
  answers: Answer[];
  treatments: TreatmentRow[];
  limits: LimitRow[];
  edges: EdgeRow[];
  trials: CandidateRow[];
  options: Map<Example, OptionRow[]>;
  /** The tables in the page's JSON; a number's `data-from` names one of their columns. */
  tables: Record<string, readonly object[]>;
  sources: Sources;
};

/** One option of an example, with its log-probability before and after the treatment. */
export type OptionRow = { item: string; option: string; base: number; treated: number };

/** One candidate of the search of one cell. */
export type CandidateRow = Omit<CellTrials, 'trials'> & TrialRow;

export function pageData(study: Study): PageData {
  const { fit, cells, settings, artifacts, tasks } = study;
  const treatments = treatmentRows(study);
  const limits = limitRows(study);
  const edges = edgeRows(study);
  const options = new Map(study.examples.map((example) => [example, optionRows(example)]));
  const trials = study.trials.flatMap(({ trials, ...cell }) =>
    trials.map((trial) => ({ ...cell, ...trial })),
  );
  const tables = {
    settings: [settings],
    curves: fit.curves,
    crossovers: fit.crossovers,
    differences: fit.differences,
    compositions: fit.compositions,
    efficiencies: fit.efficiencies,
    treatments,
    cells,
    trials,
    limits,
    edges,
    tasks,
    shortcuts: tasks.flatMap(({ shortcuts }) => shortcuts),
    options: [...options.values()].flat(),
    artifacts,
    ...(study.claims === undefined ? {} : { claims: study.claims.claims, evidence: study.claims.evidence }),
  };
  const styles = stageStyles(study.pipeline.value);
  return {
    study,
    styles,
    answers: answers(study),
    treatments,
    limits,
    edges,
    trials,
    options,
    tables,
    sources: sourcesOf(tables),
  };
}

function optionRows({ item, options, base, treated }: Example): OptionRow[] {
  return options.map((option, index) => ({
    item,
    option,
    base: base[index] ?? Number.NaN,
    treated: treated[index] ?? Number.NaN,
  }));
}
