import type { Interval } from './bootstrap.js';
import type { CompositionRow } from './rows.js';
import type { ItemMeasure } from './scored-stage.js';
import { sign } from './verdict.js';

/**
 * Differences within these bounds are of no practical weight: five points of score; a quarter of a nat of margin, by which
 * the odds of the right option against the best wrong one change by less than a factor of 1.3.
 */
export const EQUIVALENCE: Readonly<Record<ItemMeasure, number>> = { score: 0.05, margin: 0.25 };

/**
 * The verdict on a combination from the paired interval of its difference: `helps` above 0, `hurts` below 0,
 * `no-difference` when it includes 0 and lies within the equivalence bounds (Schuirmann 1987), else `undecided`, as
 * always with a single seed, which does not measure the luck of the draw of examples.
 */
export function compositionVerdict(
  interval: Pick<Interval, 'low' | 'high'>,
  { measure, seeds }: { measure: ItemMeasure; seeds: number },
): CompositionRow['verdict'] {
  if (seeds < 2) return 'undecided';
  const side = sign(interval);
  if (side !== 0) return side > 0 ? 'helps' : 'hurts';
  const bound = EQUIVALENCE[measure];
  return interval.low >= -bound && interval.high <= bound ? 'no-difference' : 'undecided';
}
