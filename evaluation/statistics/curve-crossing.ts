import { sharesOverLogN } from './area.js';
import { weightedEstimate } from './between-budgets.js';
import { type Estimate, type Interval, percentileInterval } from './bootstrap.js';
import { type Between, type SwitchInterval, switchInterval } from './switch-interval.js';
import { type Direction, type SwitchPoint, switchPoint } from './switch-point.js';
import { verdict } from './verdict.js';

/** How two learning curves cross, from their difference and its resamples. */
export type CurveCrossing = SwitchInterval & {
  verdict: ReturnType<typeof verdict>;
  point: SwitchPoint;
  /** Share of resamples that cross within the budgets. */
  probability: number;
  atSmallest: Interval;
  atLargest: Interval;
};

/**
 * Solves the difference `second − first` of two curves, and every resample of it, for N*: the point, its interval, the
 * share of resamples that cross. `curve` has an estimate a budget; budgets ascend.
 *
 * @param between Σ weight · difference over some of the budgets, given by their index, where it is known better than from
 *   the points one by one
 */
export function curveCrossing(
  budgets: readonly number[],
  curve: readonly Estimate[],
  {
    confidence,
    seeds,
    between = (weights) => weightedEstimate(curve, weights),
  }: { confidence: number; seeds: number; between?: Between },
): CurveCrossing {
  const interval = (estimate: Estimate) => percentileInterval(estimate, confidence);
  const whole = between([...sharesOverLogN(budgets).entries()]);
  const atSmallest = interval(curve[0] ?? whole);
  const atLargest = interval(curve.at(-1) ?? whole);
  const solved = solve(budgets, curve, { between, confidence });
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

type Solution = SwitchInterval & Pick<CurveCrossing, 'point' | 'probability'>;

function solve(
  budgets: readonly number[],
  curve: readonly Estimate[],
  { between, confidence }: { between: Between; confidence: number },
): Solution {
  const differences = curve.map(({ point }) => point);
  const point = switchPoint(budgets, differences);
  const resamples = resampledSwitches(budgets, curve);
  const crossing = resamples.filter(({ kind }) => kind === 'switch').length;
  const direction = point.kind === 'switch' ? point.direction : trend(differences);
  return {
    point,
    probability: crossing / resamples.length,
    ...switchInterval(budgets, between, { point, direction, confidence }),
  };
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
