import type { Estimate } from '../statistics/bootstrap.js';
import { combine } from '../statistics/bootstrap.js';
import { commonBudgets, commonSeeds, differenceAt, type Pair } from '../statistics/comparison.js';
import { type SwitchPoint, switchPoint } from '../statistics/switch-point.js';
import type { TaskBootstrap } from '../statistics/task-bootstrap.js';

/**
 * log₂ of the number of examples at which `second` takes over, in the data and in every resample: −∞ or +∞ where it is
 * better or worse throughout, NaN where the curves say neither or cross the other way. Undefined without a common seed.
 */
export function switchPlaces(pair: Pair, bootstrap: TaskBootstrap): Estimate | undefined {
  const budgets = commonBudgets(pair);
  const seeds = commonSeeds(pair, budgets);
  if (seeds.length === 0) return undefined;
  const curve = budgets.map((n) => differenceAt(pair, { n, seeds }, 'score', bootstrap));
  return combine(curve, (differences) => placeOf(switchPoint(budgets, differences)));
}

/** The places with those beyond the budgets moved to their ends: shifts measured on them are too small, if anything. */
export function withinBudgets(places: Estimate, budgets: readonly number[]): Estimate {
  const [lowest, highest] = [Math.log2(Math.min(...budgets)), Math.log2(Math.max(...budgets))];
  return combine([places], ([place = Number.NaN]) => Math.min(Math.max(place, lowest), highest));
}

function placeOf(found: SwitchPoint): number {
  if (found.kind === 'switch')
    return found.direction === 'first-then-second' ? Math.log2(found.n) : Number.NaN;
  if (found.better === 'neither') return Number.NaN;
  return found.better === 'first' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}
