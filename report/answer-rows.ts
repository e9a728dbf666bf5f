import type { DifferenceRow } from '../evaluation/statistics/rows.js';
import type { CrossoverRow } from '../schemas/tables.js';
import { decidedSign } from './decided.js';
import type { Study } from './study.js';

/** One model, one task, and the steering and the fine-tuning stage that are compared on it. */
export type Place = { model: string; task: string; steer: string; finetune: string };

export type Choice = 'switch' | 'steer' | 'finetune' | 'neither' | 'partly' | 'undecided';

/** What was found at one place, by task score. */
export type Finding = Place & {
  choice: Choice;
  /** Absent when no seed has both methods. */
  comparison: CrossoverRow | undefined;
  /** The paired difference at each number of examples, ascending. */
  differences: BudgetDifference[];
};

export type BudgetDifference = DifferenceRow & { n: number };

/** The gains in score of both methods over the untreated model, budget by budget. */
export function gainsOf({ fit, pipeline }: Study, place: Place): BudgetDifference[] {
  const gains = fit.differences.filter(({ first, second }) => {
    const ofMethod = second === place.steer || second === place.finetune;
    return ofMethod && pipeline.value.stages[first]?.stage === 'baseline';
  });
  return scoreDifferences(gains, place);
}

/** Whether a method has a decided gain over the untreated model at some number of examples that qualifies. */
export function helps(
  study: Study,
  place: Place,
  { stage, at }: { stage: string; at: (n: number) => boolean },
): boolean {
  const gains = gainsOf(study, place).filter(({ second, n }) => second === stage && at(n));
  return gains.some((row) => decidedSign(row, study.settings) > 0);
}

/**
 * At each number of examples 1 or −1 where the second or the first method is both better than the other and better than
 * the untreated model, as decided; else 0: the lesser of two harms is no advice.
 */
export function adviceSigns(
  study: Study,
  { comparison, differences, ...place }: Omit<Finding, 'choice'>,
): (-1 | 0 | 1)[] {
  return differences.map((row) => {
    const sign = decidedSign(row, study.settings);
    const stage = (sign > 0 ? comparison?.second : comparison?.first) ?? '';
    return helps(study, place, { stage, at: (n) => n === row.n }) ? sign : 0;
  });
}

/** The comparison of the two methods by one measure. */
export function comparisonOf(
  { fit }: Study,
  place: Place,
  measure: 'score' | 'margin',
): CrossoverRow | undefined {
  return fit.crossovers.find(
    (row) => row.measure === measure && isAt(row, place) && comparesBoth(row, place),
  );
}

export function isAt(row: { model: string; task: string }, place: { model: string; task: string }): boolean {
  return row.model === place.model && row.task === place.task;
}

/** The rows by score of one place, budget by budget. */
export function scoreDifferences(rows: readonly DifferenceRow[], place: Place): BudgetDifference[] {
  const here = rows.filter((row) => row.measure === 'score' && isAt(row, place));
  return here.filter((row): row is BudgetDifference => row.n !== null);
}

function comparesBoth({ first, second }: CrossoverRow, { steer, finetune }: Place): boolean {
  return (first === steer && second === finetune) || (first === finetune && second === steer);
}
