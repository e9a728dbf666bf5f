import { logBudgets } from './area.js';
import { bracket } from './quantile.js';

/**
 * The number of examples at which a curve first reaches a height, the points joined over log N. 0 when the first point
 * is there already (it may have been reached before), infinite when none is.
 */
export function reachedAt(budgets: readonly number[], values: readonly number[], target: number): number {
  const logs = logBudgets(budgets, values);
  const at = values.findIndex((value) => value >= target);
  if (at === -1) return Number.POSITIVE_INFINITY;
  const [right, left] = [values[at], values[at - 1]];
  const [rightLog, leftLog] = [logs[at], logs[at - 1]];
  if (right === undefined || left === undefined || rightLog === undefined || leftLog === undefined) return 0;
  return Math.exp(leftLog + ((target - left) / (right - left)) * (rightLog - leftLog));
}

/** A number of examples with its interval; null beyond the budgets, named by `censoring`. */
export type ReachedRange = {
  n: number | null;
  low: number | null;
  high: number | null;
  censoring: 'none' | 'left' | 'right' | 'both';
  /** Share of resamples that lie within the budgets. */
  probability: number;
};

/** The percentile interval of numbers of examples that may lie before (0) or beyond (∞) the budgets. */
export function reachedRange(point: number, draws: Float64Array, confidence: number): ReachedRange {
  const sorted = draws.toSorted();
  const tail = (1 - confidence) / 2;
  const low = bracket(sorted, tail).below;
  const high = bracket(sorted, 1 - tail).above;
  const [left, right] = [low === 0, high === Number.POSITIVE_INFINITY];
  return {
    n: inRange(point),
    low: inRange(low),
    high: inRange(high),
    censoring: left && right ? 'both' : left ? 'left' : right ? 'right' : 'none',
    probability: draws.filter((draw) => inRange(draw) !== null).length / draws.length,
  };
}

function inRange(n: number): number | null {
  return n === 0 || n === Number.POSITIVE_INFINITY ? null : n;
}
