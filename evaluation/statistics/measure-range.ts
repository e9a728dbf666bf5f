import type { CurveRow } from '../../schemas/tables.js';
import { type Estimate, type Interval, percentileInterval } from './bootstrap.js';

type Measure = CurveRow['measure'];

/**
 * The percentile interval of a level, as far as the measure has such levels: a score lies in 0…1, a divergence is never
 * negative. Student's tails know no such range.
 */
export function levelInterval(measure: Measure, estimate: Estimate, confidence: number): Interval {
  const { value, low, high } = percentileInterval(estimate, confidence);
  if (measure === 'margin') return { value, low, high };
  const top = measure === 'score' ? 1 : Number.POSITIVE_INFINITY;
  return { value, low: Math.max(low, 0), high: Math.min(high, top) };
}

/** As `levelInterval`, of a difference: two scores are at most 1 apart. */
export function differenceInterval(measure: Measure, estimate: Estimate, confidence: number): Interval {
  return withinDifferences(measure, percentileInterval(estimate, confidence));
}

/** The part of an interval that a difference of the measure can have. */
export function withinDifferences(measure: Measure, { value, low, high }: Interval): Interval {
  if (measure !== 'score') return { value, low, high };
  return { value, low: Math.max(low, -1), high: Math.min(high, 1) };
}

/** The part of an interval that a distance 1 − cos can have. */
export function withinDistances({ low, high }: { low: number | null; high: number | null }) {
  const within = (bound: number | null) => (bound === null ? null : Math.min(2, Math.max(0, bound)));
  return { low: within(low), high: within(high) };
}
