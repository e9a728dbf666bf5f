import { meanOverLogN } from './area.js';
import { combine, type Estimate, type Interval, percentileInterval } from './bootstrap.js';
import { bracket } from './quantile.js';
import { type Direction, type SwitchPoint, switchPoint } from './switch-point.js';
import { verdict } from './verdict.js';

/** How two learning curves cross, from their difference and its resamples. */
export type CurveCrossing = {
  verdict: ReturnType<typeof verdict>;
  point: SwitchPoint;
  /** Share of resamples that cross within the budgets. */
  probability: number;
  low: number | null;
  high: number | null;
  /** Which ends of the interval lie beyond the budgets. */
  censoring: 'none' | 'left' | 'right' | 'both';
  atSmallest: Interval;
  atLargest: Interval;
};

/**
 * Solves the difference `second − first` of two curves, and every resample of it, for N*: the point, the percentile
 * interval, the share of resamples that cross. `curve` has an estimate a budget; budgets ascend.
 */
export function curveCrossing(
  budgets: readonly number[],
  curve: readonly Estimate[],
  { confidence, seeds }: { confidence: number; seeds: number },
): CurveCrossing {
  const interval = (estimate: Estimate) => percentileInterval(estimate, confidence);
  const whole = curveMean(budgets, curve);
  const atSmallest = interval(curve[0] ?? whole);
  const atLargest = interval(curve.at(-1) ?? whole);
  const solved = solve(budgets, curve, confidence);
  const evidence = {
    switch: solved.point,
    smallest: atSmallest,
    largest: atLargest,
    whole: interval(whole),
    probability: solved.probability,
    seeds,
    confidence,
  };
  return { verdict: verdict(evidence), atSmallest, atLargest, ...solved };
}

type Solution = Pick<CurveCrossing, 'point' | 'probability' | 'low' | 'high' | 'censoring'>;

function solve(budgets: readonly number[], curve: readonly Estimate[], confidence: number): Solution {
  const differences = curve.map(({ point }) => point);
  const point = switchPoint(budgets, differences);
  const resamples = resampledSwitches(budgets, curve);
  const crossing = resamples.filter(({ kind }) => kind === 'switch').length;
  const direction = point.kind === 'switch' ? point.direction : trend(differences);
  return {
    point,
    probability: crossing / resamples.length,
    ...switchInterval(resamples, direction, confidence),
  };
}

/**
 * The interval of N* on a line that goes on past the budgets: a resample in which one method is better throughout
 * crosses beyond the end where the other would take over. One that contradicts `direction`, or has no better method,
 * bounds nothing and widens both ends. The order statistics next to the quantile on the outer side are taken.
 */
function switchInterval(
  resamples: readonly SwitchPoint[],
  direction: Direction,
  confidence: number,
): Pick<Solution, 'low' | 'high' | 'censoring'> {
  const earlier = direction === 'first-then-second' ? 'first' : 'second';
  const place = (resample: SwitchPoint, unknown: number) => {
    if (resample.kind === 'switch') return resample.direction === direction ? resample.n : unknown;
    if (resample.better === 'neither') return unknown;
    return resample.better === earlier ? Number.POSITIVE_INFINITY : 0;
  };
  const tail = (1 - confidence) / 2;
  const low = bracket(Float64Array.from(resamples, (resample) => place(resample, 0)).sort(), tail).below;
  const high = bracket(
    Float64Array.from(resamples, (resample) => place(resample, Infinity)).sort(),
    1 - tail,
  ).above;
  const left = low === 0;
  const right = high === Number.POSITIVE_INFINITY;
  return {
    low: inRange(low),
    high: inRange(high),
    censoring: left && right ? 'both' : left ? 'left' : right ? 'right' : 'none',
  };
}

function inRange(n: number): number | null {
  return n === 0 || n === Number.POSITIVE_INFINITY ? null : n;
}

function resampledSwitches(budgets: readonly number[], curve: readonly Estimate[]): SwitchPoint[] {
  const resamples = curve[0]?.draws.length ?? 0;
  return Array.from({ length: resamples }, (_, resample) =>
    switchPoint(
      budgets,
      curve.map(({ draws }) => draws[resample] ?? Number.NaN),
    ),
  );
}

// Curves that do not cross would do so, if at all, where the difference is heading.
function trend(differences: readonly number[]): Direction {
  const rise = (differences.at(-1) ?? Number.NaN) - (differences[0] ?? Number.NaN);
  return rise >= 0 ? 'first-then-second' : 'second-then-first';
}

function curveMean(budgets: readonly number[], curve: readonly Estimate[]): Estimate {
  return combine(curve, (values) => meanOverLogN(budgets, values));
}
