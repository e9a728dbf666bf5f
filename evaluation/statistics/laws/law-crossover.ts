import { combine, difference, type Estimate } from '../bootstrap.js';
import { commonBudgets, commonSeeds, type Pair } from '../comparison.js';
import { type CurveCrossing, curveCrossing } from '../curve-crossing.js';
import type { LawCrossoverRow } from '../law-rows.js';
import { isBaseline } from '../scored-stage.js';
import { crossings } from '../switch-point.js';
import type { TaskBootstrap } from '../task-bootstrap.js';
import { type FittedCurve, fittedCurve } from './fitted-curve.js';

/** Points over log N on which fitted curves are compared: four for every doubling of N from 1 to 256. */
const GRID = 33;

/**
 * Where two fitted learning curves cross in loss within the budgets both stages have: both laws are refitted to every
 * resample and solved on a grid over log N, by the same rules as the interpolating estimator, which stands beside it on
 * the same losses and resamples. Undefined when no seed has all budgets or a stage has no losses.
 */
export function lawCrossover(pair: Pair, bootstrap: TaskBootstrap): LawCrossoverRow | undefined {
  const { task, settings } = bootstrap;
  if (isBaseline(pair.first) || isBaseline(pair.second)) return undefined;
  const budgets = commonBudgets(pair);
  const seeds = commonSeeds(pair, budgets);
  const [smallest, largest] = [budgets[0], budgets.at(-1)];
  if (smallest === undefined || largest === undefined || seeds.length === 0) return undefined;
  const points = budgets.map((n) => ({ n, seeds }));
  const first = fittedCurve(pair.first, points, bootstrap);
  const second = fittedCurve(pair.second, points, bootstrap);
  if (typeof first === 'string' || typeof second === 'string') return undefined;
  const options = { confidence: settings.confidence, seeds: seeds.length };
  const observed = budgets.map((_, index) => gain(first.losses[index], second.losses[index]));
  const interpolated = curveCrossing(budgets, observed, options);
  // Curves that are joined between budgets are known by their budgets.
  const joined = first.chosen.law === 'monotone' && second.chosen.law === 'monotone';
  const grid = joined ? budgets : logGrid(smallest, largest);
  const fitted = grid.map((n) => gain(lossAt(first, n), lossAt(second, n)));
  const solved = curveCrossing(grid, fitted, options);
  return {
    model: task.model,
    task: task.task,
    task_type: task.task_type,
    first: pair.first.stage,
    second: pair.second.stage,
    law_first: first.chosen.law,
    law_second: second.chosen.law,
    ...solvedColumns(solved),
    crossings: crossings(
      grid,
      fitted.map(({ point }) => point),
    ).length,
    interpolated_verdict: interpolated.verdict,
    interpolated_n_star: nStar(interpolated),
    interpolated_low: interpolated.low,
    interpolated_high: interpolated.high,
    interpolated_probability: interpolated.probability,
    agreement: agreement(solved, interpolated),
    smallest_n: smallest,
    largest_n: largest,
    seeds: seeds.length,
    items: pair.second.items.length,
    resamples: first.draws.length,
  };
}

function solvedColumns(solved: CurveCrossing) {
  return {
    verdict: solved.verdict,
    n_star: nStar(solved),
    low: solved.low,
    high: solved.high,
    probability_in_range: solved.probability,
    direction: solved.point.kind === 'switch' ? solved.point.direction : ('none' as const),
    censoring: solved.censoring,
  };
}

/** Both decided alike, and where they switch either N* within the other's interval. */
function agreement(one: CurveCrossing, other: CurveCrossing): LawCrossoverRow['agreement'] {
  if (one.verdict === 'undecided' || other.verdict === 'undecided') return 'open';
  if (one.verdict !== other.verdict) return 'differ';
  if (one.verdict !== 'crossover') return 'agree';
  return holds(one, nStar(other)) && holds(other, nStar(one)) ? 'agree' : 'differ';
}

function holds({ low, high }: CurveCrossing, n: number | null): boolean {
  return n !== null && n >= (low ?? 0) && n <= (high ?? Number.POSITIVE_INFINITY);
}

function nStar({ point }: CurveCrossing): number | null {
  return point.kind === 'switch' ? point.n : null;
}

/** By how much the loss of the second is lower. */
function gain(first: Estimate | undefined, second: Estimate | undefined): Estimate {
  if (first === undefined || second === undefined)
    throw new Error('law crossover: found curves of unequal length');
  return difference(second, first);
}

function lossAt(curve: FittedCurve, n: number): Estimate {
  return combine([curve.at(Math.log(n))], ([logLoss = Number.NaN]) => Math.exp(logLoss));
}

function logGrid(smallest: number, largest: number): number[] {
  if (smallest === largest) return [smallest];
  const [low, high] = [Math.log(smallest), Math.log(largest)];
  return Array.from({ length: GRID }, (_, index) => Math.exp(low + (index / (GRID - 1)) * (high - low)));
}
