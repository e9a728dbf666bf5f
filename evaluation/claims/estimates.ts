import { combine, type Estimate, type Interval, percentileInterval } from '../statistics/bootstrap.js';
import {
  commonBudgets,
  commonSeeds,
  differenceOverLogN,
  type Pair,
  pairOf,
} from '../statistics/comparison.js';
import { isBaseline } from '../statistics/scored-stage.js';
import type { TaskBootstrap } from '../statistics/task-bootstrap.js';

/** An estimate with what it rests on. */
export type Measured = { estimate: Estimate; budgets: number[]; seeds: number; items: number };

/** Which budgets count: all up to a number, averaged over log N; or the largest alone. */
export type Range = { upTo: number } | 'largest';

/** The score of a stage; undefined when no seed has all of the range's budgets. */
export function scoreOf(test: TaskBootstrap, stage: string, range: Range): Measured | undefined {
  const found = test.task.stages.get(stage);
  if (found === undefined) return undefined;
  const pair = { first: found, second: found };
  return overRange(pair, range, ({ budgets, seeds }) =>
    test.meanOverLogN(
      budgets.map((n) => ({ stage: found, n, seeds })),
      'score',
    ),
  );
}

/** The paired difference in score `first − second`; undefined when no seed has both over the range. */
export function leadOf(
  test: TaskBootstrap,
  stages: { first: string; second: string },
  range: Range,
): Measured | undefined {
  const pair = comparedPair(test, { first: stages.second, second: stages.first });
  if (pair === undefined) return undefined;
  return overRange(pair, range, (over) => differenceOverLogN(pair, over, 'score', test));
}

/** Two stages on one test; undefined when either has no successful cell there. */
export function comparedPair(
  { task }: TaskBootstrap,
  stages: { first: string; second: string },
): Pair | undefined {
  const [first, second] = [task.stages.get(stages.first), task.stages.get(stages.second)];
  if (first === undefined || second === undefined) return undefined;
  return first.cells.size === 0 || second.cells.size === 0 ? undefined : pairOf(first, second);
}

/** The mean of independent estimates, one a cell of complexity: the cells are those designed, not a sample of more. */
export function meanOfCells(estimates: readonly Estimate[]): Estimate {
  return combine(estimates, (values) => values.reduce((sum, value) => sum + value, 0) / values.length);
}

/** A percentile interval in which a resample without a value (NaN) counts at both ends: it bounds nothing. */
export function widenedInterval(
  { point, draws }: Estimate,
  confidence: number,
  [lowest, highest]: readonly [number, number],
): Omit<Interval, 'value'> & { value: number | null } {
  const at = (unknown: number) => draws.map((draw) => (Number.isNaN(draw) ? unknown : draw));
  return {
    value: Number.isNaN(point) ? null : point,
    low: percentileInterval({ point, draws: at(lowest) }, confidence).low,
    high: percentileInterval({ point, draws: at(highest) }, confidence).high,
  };
}

function overRange(
  pair: Pair,
  range: Range,
  estimated: (over: { budgets: readonly number[]; seeds: readonly number[] }) => Estimate,
): Measured | undefined {
  const common = commonBudgets(pair);
  const budgets = range === 'largest' ? common.slice(-1) : common.filter((n) => n <= range.upTo);
  const seeds = commonSeeds(pair, budgets);
  if (budgets.length === 0 || seeds.length === 0 || isBaseline(pair.second)) return undefined;
  const estimate = estimated({ budgets, seeds });
  return { estimate, budgets, seeds: seeds.length, items: pair.second.items.length };
}
