import { sharesOverLogN } from './area.js';
import { type Estimate, standardError } from './bootstrap.js';
import { mcnemarTest } from './mcnemar.js';
import { differenceInterval } from './measure-range.js';
import { minFPrimeTest } from './min-f-prime.js';
import type { DifferenceRow } from './rows.js';
import {
  budgetsOf,
  completeSeeds,
  haveSameItems,
  type ItemMeasure,
  isBaseline,
  type ScoredStage,
  seedsAt,
} from './scored-stage.js';
import type { Compared, TaskBootstrap } from './task-bootstrap.js';

/** Two stages of one task on the same items. The baseline has one value, compared with the other at every budget. */
export type Pair = { first: ScoredStage; second: ScoredStage };

/** Throws when both stages have results but on different test items: they cannot be paired. */
export function pairOf(first: ScoredStage, second: ScoredStage): Pair {
  const empty = first.items.length === 0 || second.items.length === 0;
  if (!empty && !haveSameItems(first, second)) {
    throw new Error(
      `comparison of ${first.stage} and ${second.stage}: found different test items ` +
        `(${first.items.length} and ${second.items.length}), expected the same; let both stages use one sample stage`,
    );
  }
  return { first, second };
}

/** Budgets at which both stages have a common seed, ascending. */
export function commonBudgets(pair: Pair): number[] {
  return budgetsOf(pair.second).filter((n) => n > 0 && commonSeeds(pair, [n]).length > 0);
}

/** Seeds that have every one of the budgets in both stages: a failed cell takes its seed out of a curve comparison. */
export function commonSeeds({ first, second }: Pair, budgets: readonly number[]): number[] {
  const seeds = completeSeeds(second, budgets);
  if (isBaseline(first)) return seeds;
  const others = completeSeeds(first, budgets);
  return seeds.filter((seed) => others.includes(seed));
}

/** One budget, and the seeds compared there. */
export type CellsAt = { n: number; seeds: readonly number[] };

/** The estimate of `second − first` at one budget. */
export function differenceAt(
  pair: Pair,
  at: CellsAt,
  measure: ItemMeasure,
  bootstrap: TaskBootstrap,
): Estimate {
  const { first, second } = comparedAt(pair, at);
  return bootstrap.difference(first, second, measure);
}

/** The estimate of Σ weight · (second − first), on seeds that have every budget. */
export function weightedDifference(
  pair: Pair,
  {
    budgets,
    weights,
    seeds,
  }: Pick<CellsAt, 'seeds'> & { budgets: readonly number[]; weights: readonly number[] },
  measure: ItemMeasure,
  bootstrap: TaskBootstrap,
): Estimate {
  const pairs = budgets.map((n) => comparedAt(pair, { n, seeds }));
  return bootstrap.weightedDifference(pairs, weights, measure);
}

/** The estimate of `second − first` as its mean over log N, on seeds that have every budget. */
export function differenceOverLogN(
  pair: Pair,
  { budgets, seeds }: { budgets: readonly number[]; seeds: readonly number[] },
  measure: ItemMeasure,
  bootstrap: TaskBootstrap,
): Estimate {
  return weightedDifference(pair, { budgets, weights: sharesOverLogN(budgets), seeds }, measure, bootstrap);
}

function comparedAt({ first, second }: Pair, at: CellsAt): Compared {
  const before = isBaseline(first) ? { n: 0, seeds: seedsAt(first, 0) } : at;
  return { first: { stage: first, ...before }, second: { stage: second, ...at } };
}

/** A row for every common budget, and one (n null) for the mean over log N of the seeds that have them all. */
export function differences(pair: Pair, measure: ItemMeasure, bootstrap: TaskBootstrap): DifferenceRow[] {
  const { task, settings } = bootstrap;
  const budgets = commonBudgets(pair);
  const row = (n: number | null, estimate: Estimate, seeds: number, tests = NO_TESTS): DifferenceRow => {
    const { value, low, high } = differenceInterval(measure, estimate, settings.confidence);
    return {
      model: task.model,
      task: task.task,
      task_type: task.task_type,
      measure,
      first: pair.first.stage,
      second: pair.second.stage,
      n,
      difference: value,
      low,
      high,
      seeds,
      items: pair.second.items.length,
      standard_error: standardError(estimate),
      p_holm: null,
      ...tests,
    };
  };
  const atBudgets = budgets.map((n) => {
    const at = { n, seeds: commonSeeds(pair, [n]) };
    const estimate = differenceAt(pair, at, measure, bootstrap);
    return row(n, estimate, at.seeds.length, tests(pair, at, measure, bootstrap));
  });
  const seeds = commonSeeds(pair, budgets);
  if (budgets.length < 2 || seeds.length === 0) return atBudgets;
  const whole = differenceOverLogN(pair, { budgets, seeds }, measure, bootstrap);
  return [...atBudgets, row(null, whole, seeds.length)];
}

const NO_TESTS: Pick<DifferenceRow, 'p' | 'mcnemar_p'> = { p: null, mcnemar_p: null };

/** Of both seeds and items; in score McNemar's, too, of items each averaged over seeds: given the examples that were drawn. */
function tests(pair: Pair, at: CellsAt, measure: ItemMeasure, bootstrap: TaskBootstrap): typeof NO_TESTS {
  const { first, second } = comparedAt(pair, at);
  const gains = bootstrap.gains(first, second, measure);
  return {
    p: minFPrimeTest(gains),
    mcnemar_p: measure === 'score' ? mcnemarTest(itemMeans(gains)) : null,
  };
}

function itemMeans(gains: readonly Float64Array[]): number[] {
  return Array.from(gains[0] ?? [], (_, item) => {
    const mean = gains.reduce((sum, ofSeed) => sum + (ofSeed[item] ?? Number.NaN), 0) / gains.length;
    // Gains and losses that cancel may leave a last digit: that is a tie.
    return Math.abs(mean) < 1e-9 ? 0 : mean;
  });
}
