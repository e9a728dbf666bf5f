import type { DifferenceRow } from '../evaluation/statistics/rows.js';
import { isBetweenLeads } from './leading.js';
import { count, percent, pointsSize, setting } from './number-format.js';
import { type Phrase, phrase, shown } from './phrase.js';
import { isElsewhere } from './places.js';
import type { EdgeRow } from './search-edges.js';
import { place } from './sections/place.js';
import type { Study } from './study.js';

/** What the size of a study lets it see of one comparison. */
export type LimitRow = {
  model: string;
  task: string;
  first: string;
  second: string;
  seeds: number;
  items: number;
  /** Median over the budgets of the bootstrap's standard error of the difference in score. */
  standard_error: number;
  /** The true difference that a study of this size finds in 8 of 10 repetitions: (1.96 + 0.84) standard errors. */
  detectable: number;
};

const SEEDS_FOR_A_CLAIM = 5;
const ITEMS_FOR_A_CLAIM = 200;
const NEAR_AN_END = 0.05;

/** One row for each pair of leading methods on the study's own tasks, by score. */
export function limitRows(study: Study): LimitRow[] {
  const pairs = study.fit.crossovers.filter(
    (row) => row.measure === 'score' && !isElsewhere(row.task) && isBetweenLeads(study, row),
  );
  return pairs.flatMap(({ model, task, first, second, seeds, items }) => {
    const isHere = (row: DifferenceRow) =>
      row.model === model && row.task === task && row.first === first && row.second === second;
    const errors = study.fit.differences
      .filter((row) => isHere(row) && row.measure === 'score' && row.n !== null)
      .map((row) => row.standard_error);
    if (errors.length === 0) return [];
    const standardError = median(errors);
    return [
      {
        model,
        task,
        first,
        second,
        seeds,
        items,
        standard_error: standardError,
        detectable: 2.8 * standardError,
      },
    ];
  });
}

/** Sentences on what this study is too small, too easy or too narrow to conclude; the run's own remarks come last. */
export function limitPhrases(
  study: Study,
  { limits, edges }: { limits: readonly LimitRow[]; edges: readonly EdgeRow[] },
): Phrase[] {
  return [
    ...smallness(limits),
    ...floorsAndCeilings(study),
    ...edges.map(
      (edge) =>
        phrase`${edge.task}, ${edge.stage}: the search chose its ${edge.end} ${edge.setting} (${shown(edge, 'value', setting)}) in ${shown(edge, 'at_end', count)} of ${shown(edge, 'searches', count)} cells; a wider range may do better.`,
    ),
    ...study.warnings.map((warning) => phrase`${warning}`),
  ];
}

function smallness(limits: readonly LimitRow[]): Phrase[] {
  const fewestSeeds = limits.toSorted((one, other) => one.seeds - other.seeds)[0];
  const fewestItems = limits.toSorted((one, other) => one.items - other.items)[0];
  const coarsest = limits.toSorted((one, other) => other.detectable - one.detectable)[0];
  if (fewestSeeds === undefined || fewestItems === undefined || coarsest === undefined) return [];
  const found: Phrase[] = [];
  if (fewestSeeds.seeds === 1) {
    found.push(
      phrase`One seed: the luck of which examples were drawn is not measured, so no verdict is given. Run at least ${String(SEEDS_FOR_A_CLAIM)}.`,
    );
  } else if (fewestSeeds.seeds < SEEDS_FOR_A_CLAIM) {
    found.push(
      phrase`${shown(fewestSeeds, 'seeds', count)} seeds in the smallest comparison: the spread over draws of examples is known only roughly. Take verdicts as provisional below ${String(SEEDS_FOR_A_CLAIM)} seeds.`,
    );
  }
  if (fewestItems.items < ITEMS_FOR_A_CLAIM) {
    found.push(
      phrase`${shown(fewestItems, 'items', count)} test items in the smallest comparison: below ${String(ITEMS_FOR_A_CLAIM)} items, differences of five points cannot be told from luck.`,
    );
  }
  found.push(
    phrase`The coarsest comparison (${coarsest.task}: ${coarsest.first} with ${coarsest.second}) finds a true difference of ${shown(coarsest, 'detectable', pointsSize)} points in 8 of 10 such studies; a smaller one is usually missed, and “undecided” does not mean “equal”.`,
  );
  return found;
}

function floorsAndCeilings(study: Study): Phrase[] {
  const baselines = study.cells.filter(
    ({ n, status, task }) => n === 0 && status === 'ok' && !isElsewhere(task),
  );
  return baselines.flatMap((cell) => {
    if (cell.score === null) return [];
    const task = place(cell, study.models.length);
    if (cell.score > 1 - NEAR_AN_END) {
      return [
        phrase`${task}: the untreated model already scores ${shown(cell, 'score', percent)}; there is little left to gain.`,
      ];
    }
    if (cell.score > cell.chance + NEAR_AN_END) return [];
    const scores = phrase`${task}: the untreated model scores ${shown(cell, 'score', percent)} where guessing gives ${shown(cell, 'chance', percent)}`;
    // Nobody guesses a written answer: its chance is 0.
    return cell.chance > 0 && cell.score <= cell.chance
      ? [phrase`${scores}: it is at or below chance, and a gain up to it is not ability.`]
      : [phrase`${scores}; a method must teach the task, not bring it out.`];
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
