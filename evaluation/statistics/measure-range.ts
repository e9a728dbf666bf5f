import type { CurveRow } from '../../schemas/tables.js';
import type { Interval } from './bootstrap.js';

/** The part of an interval that a level of the measure can have: a score lies in 0…1, a divergence is never negative. Student's tails know no such range. */
export function withinLevels(measure: CurveRow['measure'], { value, low, high }: Interval): Interval {
  if (measure === 'margin') return { value, low, high };
  const top = measure === 'score' ? 1 : Number.POSITIVE_INFINITY;
  return { value, low: Math.max(low, 0), high: Math.min(high, top) };
}

/** As `withinLevels` of a difference: two scores are at most 1 apart. */
export function withinDifferences(measure: CurveRow['measure'], { value, low, high }: Interval): Interval {
  if (measure !== 'score') return { value, low, high };
  return { value, low: Math.max(low, -1), high: Math.min(high, 1) };
}
