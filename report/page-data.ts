import type { DifferenceRow } from '../evaluation/statistics/rows.js';
import type { TrialRow } from '../schemas/tables.js';
import { type Answer, answers } from './answer.js';
import { isBetweenLeads } from './leading.js';
import { type LimitRow, limitRows } from './limits.js';
import { type StageStyle, stageStyles } from './palette.js';
import { type Sources, sourcesOf } from './phrase.js';
import { type ChoiceRow, choiceRows } from './search-choices.js';
import { type EdgeRow, edgeRows } from './search-edges.js';
import type { CellTrials, Example, Study } from './study.js';
import { type TreatmentRow, treatmentRows } from './treatments.js';

/** A study with what the page derives from it, and for every row the place it has in the page's data. */
export type PageData = {
  study: Study;
  styles: StageStyle[];
  answers: Answer[];
  treatments: TreatmentRow[];
  /** Paired differences that the page lists: all, or those of leading stages where there are too many to read. */
  differences: DifferenceRow[];
  limits: LimitRow[];
  edges: EdgeRow[];
  /** Candidates that the page lists: all, or none where there are too many to read. */
  trials: CandidateRow[];
  choices: ChoiceRow[];
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
  const choices = choiceRows(study);
  const differences = listedDifferences(study);
  const candidates = study.trials.flatMap(({ trials, ...cell }) =>
    trials.map((trial) => ({ ...cell, ...trial })),
  );
  const trials = candidates.length <= MOST_ROWS ? candidates : [];
  const tables = {
    settings: [settings],
    curves: fit.curves,
    crossovers: fit.crossovers,
    differences,
    compositions: fit.compositions,
    efficiencies: fit.efficiencies,
    fronts: fit.fronts,
    leads: fit.leads,
    treatments,
    cells,
    trials,
    choices,
    limits,
    edges,
    tasks,
    shortcuts: tasks.flatMap(({ shortcuts }) => shortcuts),
    options: [...options.values()].flat(),
    episodes: study.episodes ?? [],
    artifacts: artifacts.length <= MOST_ROWS ? artifacts : [],
    ...(study.claims === undefined ? {} : { claims: study.claims.claims, evidence: study.claims.evidence }),
  };
  const styles = stageStyles(study.pipeline.value);
  return {
    study,
    styles,
    answers: answers(study),
    treatments,
    differences,
    limits,
    edges,
    trials,
    choices,
    options,
    tables,
    sources: sourcesOf(tables),
  };
}

/** More rows than this make a table that nobody reads and a page that is slow to open; the files have them all. */
const MOST_ROWS = 1500;

function listedDifferences(study: Study): DifferenceRow[] {
  const { differences } = study.fit;
  return differences.length <= MOST_ROWS
    ? differences
    : differences.filter((row) => isBetweenLeads(study, row));
}

function optionRows({ item, options, base, treated }: Example): OptionRow[] {
  return options.map((option, index) => ({
    item,
    option,
    base: base[index] ?? Number.NaN,
    treated: treated[index] ?? Number.NaN,
  }));
}
