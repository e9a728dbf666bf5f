import { type PointWeights, smooth } from './between-budgets.js';
import { type Estimate, sparedDraws } from './bootstrap.js';
import type { Direction, SwitchPoint } from './switch-point.js';

/** Bounds of N*. An end beyond the budgets is null and named by `censoring`; with both null and one named, all is beyond it. */
export type SwitchInterval = {
  low: number | null;
  high: number | null;
  censoring: 'none' | 'left' | 'right' | 'both';
};

/** Halvings of a stretch of log N between two budgets: an end is found to a millionth of it. */
const HALVINGS = 20;

/**
 * The interval of N* by inverting the test of the difference at each N, as Fieller's is of a ratio: from the largest N
 * before the switch at which the earlier method is decidedly better to the smallest N after it at which the later one is.
 * It misses N* where the interval of the difference at N* misses 0, so it holds N* as often as those hold theirs, however
 * weak the evidence. Quantiles of the resampled N* do not: resamples that never switch, or back, have no N* to count.
 * What lies between two budgets was not observed: it is taken from the smooth curve over log N through the neighbouring ones,
 * whose straight line would be off where curves bend.
 *
 * @param budgets ascending
 * @param direction of the switch, or the one that curves which do not switch are heading for
 */
export function switchInterval(
  budgets: readonly number[],
  between: Between,
  { point, direction, confidence }: { point: SwitchPoint; direction: Direction; confidence: number },
): SwitchInterval {
  const logs = budgets.map(Math.log);
  const star = placeOf(point, direction);
  const first = decided(logs, between, { sign: -1, confidence });
  const second = decided(logs, between, { sign: 1, confidence });
  const [earlierLeads, laterLeads] = direction === 'first-then-second' ? [first, second] : [second, first];
  const low = lastBefore(star, logs, earlierLeads);
  // The same from the other end of a mirrored axis.
  const mirrored = logs.map((x) => -x).reverse();
  const high = -lastBefore(-star, mirrored, (x) => laterLeads(-x));
  return bounded({ low, high }, logs);
}

/** log N*, infinite where one method is better throughout; NaN where none is, which bounds nothing. */
function placeOf(point: SwitchPoint, direction: Direction): number {
  if (point.kind === 'switch') return Math.log(point.n);
  if (point.better === 'neither') return Number.NaN;
  const earlier = direction === 'first-then-second' ? 'first' : 'second';
  return point.better === earlier ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

/** Σ weight · (second − first) over some of the budgets. */
export type Between = (weights: PointWeights) => Estimate;

type Decided = (x: number) => boolean;

/** Whether at log N = x the difference has `sign` in all resamples but those that the confidence leaves on one side. */
function decided(
  logs: readonly number[],
  between: Between,
  { sign, confidence }: { sign: number; confidence: number },
): Decided {
  return (x) => {
    const { draws } = between(smooth(logs, x));
    let against = 0;
    for (const difference of draws) if (!(sign * difference > 0)) against += 1;
    return against <= sparedDraws(draws.length, confidence);
  };
}

/** The largest x up to `star` that is decided, looked for at the budgets and then towards the next; −∞ where there is none. */
function lastBefore(star: number, logs: readonly number[], isDecided: Decided): number {
  const index = logs.findLastIndex((x) => x <= star && isDecided(x));
  if (index === -1) return Number.NEGATIVE_INFINITY;
  let inside = logs[index] ?? star;
  let outside = Math.min(logs[index + 1] ?? inside, star);
  for (let step = 0; step < HALVINGS && outside > inside; step++) {
    const middle = (inside + outside) / 2;
    if (isDecided(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}

function bounded({ low, high }: { low: number; high: number }, logs: readonly number[]): SwitchInterval {
  const [smallest = Number.NaN, largest = Number.NaN] = [logs[0], logs.at(-1)];
  // Decided up to the last budget: N* is beyond it, and how far is not known.
  if (low === largest) return { low: null, high: null, censoring: 'right' };
  if (high === smallest) return { low: null, high: null, censoring: 'left' };
  const [left, right] = [low === Number.NEGATIVE_INFINITY, high === Number.POSITIVE_INFINITY];
  return {
    low: left ? null : Math.exp(low),
    high: right ? null : Math.exp(high),
    censoring: left && right ? 'both' : left ? 'left' : right ? 'right' : 'none',
  };
}
