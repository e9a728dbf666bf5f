import { groupBy } from '../statistics/group-by.js';
import { accuracy } from './accuracy.js';

/**
 * The mean over the right answers of the accuracy on their items, so that a constant answer scores 1 ÷ answers however common
 * it is (macro-averaged recall; Brodersen et al. 2010). Throws without rows.
 */
export function balancedAccuracy(rows: readonly { answer: string; correct: boolean }[]): number {
  if (rows.length === 0) throw new RangeError('balanced accuracy: found no rows, expected at least one');
  const classes = [...groupBy(rows, ({ answer }) => answer).values()];
  return classes.reduce((sum, own) => sum + accuracy(own), 0) / classes.length;
}

/** What a choice was between, and how it was answered. */
export interface ChoiceRow {
  options: readonly string[];
  label: number;
  correct: boolean;
}

/** Balanced accuracy of items that all choose among the same options; null where they do not, or where there are none. */
export function balancedScore(rows: readonly ChoiceRow[]): number | null {
  const sets = new Set(rows.map(({ options }) => JSON.stringify([...options].sort())));
  if (sets.size !== 1 || rows.some(({ options }) => options.length < 2)) return null;
  return balancedAccuracy(
    rows.map(({ options, label, correct }) => ({ answer: options[label] ?? '', correct })),
  );
}
