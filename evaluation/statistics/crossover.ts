import type { CrossoverRow } from '../../schemas/tables.js';
import { meanOverLogN } from './area.js';
import { combine, type Estimate, percentileInterval } from './bootstrap.js';
import { commonBudgets, commonSeeds, differenceAt, type Pair } from './comparison.js';
import { bracket } from './quantile.js';
import type { ItemMeasure } from './scored-stage.js';
import { type Direction, type SwitchPoint, switchPoint } from './switch-point.js';
import type { TaskBootstrap } from './task-bootstrap.js';
import { verdict } from './verdict.js';

/**
 * Where the learning curves of two stages cross: N* from the observed curves, its percentile interval from solving every
 * resample, and the share of resamples that cross at all. Uses the budgets and seeds both stages have; undefined when
 * no seed has them all. An end of the interval that lies beyond the budgets is null and named by `censoring`.
 */
export function crossover(
  pair: Pair,
  measure: ItemMeasure,
  bootstrap: TaskBootstrap,
): CrossoverRow | undefined {
  const { task, settings } = bootstrap;
  const budgets = commonBudgets(pair);
  const seeds = commonSeeds(pair, budgets);
  const [smallest, largest] = [budgets[0], budgets.at(-1)];
  if (smallest === undefined || largest === undefined || seeds.length === 0) return undefined;
  const curve = budgets.map((n) => differenceAt(pair, { n, seeds }, measure, bootstrap));
  const interval = (estimate: Estimate) => percentileInterval(estimate, settings.confidence);
  const [atSmallest, atLargest] = [
    interval(curve[0] ?? curveMean(budgets, curve)),
    interval(curve.at(-1) ?? curveMean(budgets, curve)),
  ];
  const solved = solve(budgets, curve, settings.confidence);
  const evidence = {
    switch: solved.point,
    smallest: atSmallest,
    largest: atLargest,
    whole: interval(curveMean(budgets, curve)),
    probability: solved.probability,
    seeds: seeds.length,
    confidence: settings.confidence,
  };
  return {
    model: task.model,
    task: task.task,
    task_type: task.task_type,
    measure,
    first: pair.first.stage,
    second: pair.second.stage,
    verdict: verdict(evidence),
    n_star: solved.point.kind === 'switch' ? solved.point.n : null,
    low: solved.low,
    high: solved.high,
    probability_in_range: solved.probability,
    direction: solved.point.kind === 'switch' ? solved.point.direction : 'none',
    censoring: solved.censoring,
    smallest_n: smallest,
    largest_n: largest,
    difference_at_smallest: atSmallest.value,
    difference_at_smallest_low: atSmallest.low,
    difference_at_smallest_high: atSmallest.high,
    difference_at_largest: atLargest.value,
    difference_at_largest_low: atLargest.low,
    difference_at_largest_high: atLargest.high,
    seeds: seeds.length,
    items: pair.second.items.length,
    resamples: settings.resamples,
  };
}

type Solution = Pick<CrossoverRow, 'low' | 'high' | 'censoring'> & {
  point: SwitchPoint;
  probability: number;
};

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
