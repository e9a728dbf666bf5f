import type { CrossoverRow } from '../../schemas/tables.js';
import type { Interval } from './bootstrap.js';
import type { SwitchPoint } from './switch-point.js';

export type Evidence = {
  switch: SwitchPoint;
  /** second − first at the smallest and at the largest budget, and averaged over log N. */
  smallest: Interval;
  largest: Interval;
  whole: Interval;
  /** Share of resamples whose curves cross within the budgets. */
  probability: number;
  seeds: number;
  confidence: number;
};

/**
 * The verdict on two learning curves, decided in this order:
 *
 * 1. `undecided` with a single seed: the luck of the draw of examples is then not measured.
 * 2. `crossover` when the difference at the smallest budget and the one at the largest have opposite signs, each with
 *    an interval that excludes 0, the curves switch in that direction, and at least `confidence` of the resamples cross.
 * 3. `first-better` or `second-better` when the interval of the whole-curve difference (mean over log N) excludes 0,
 *    neither end significantly contradicts it, and fewer than `confidence` of the resamples cross: the better one on
 *    average over the range, not necessarily at every budget.
 * 4. `undecided` otherwise.
 */
export function verdict(evidence: Evidence): CrossoverRow['verdict'] {
  const { smallest, largest, whole, probability, seeds, confidence } = evidence;
  if (seeds < 2) return 'undecided';
  const ends = { smallest: sign(smallest), largest: sign(largest) };
  if (ends.smallest * ends.largest < 0) {
    const direction = ends.largest > 0 ? 'first-then-second' : 'second-then-first';
    const switches = evidence.switch.kind === 'switch' && evidence.switch.direction === direction;
    return switches && probability >= confidence ? 'crossover' : 'undecided';
  }
  const side = sign(whole);
  const contradicted = ends.smallest * side < 0 || ends.largest * side < 0;
  if (side === 0 || contradicted || probability >= confidence) return 'undecided';
  return side > 0 ? 'second-better' : 'first-better';
}

/** The sign of a difference when its interval excludes 0, else 0. */
export function sign({ low, high }: Pick<Interval, 'low' | 'high'>): -1 | 0 | 1 {
  if (low > 0) return 1;
  return high < 0 ? -1 : 0;
}
