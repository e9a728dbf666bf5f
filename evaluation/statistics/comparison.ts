import { meanOverLogN } from './area.js';
import { combine, type Estimate, standardError } from './bootstrap.js';
import { mcnemarTest } from './mcnemar.js';
import { differenceInterval } from './measure-range.js';
import { seededRandom } from './random.js';
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
import { signFlipTest } from './sign-flip.js';
import type { TaskBootstrap } from './task-bootstrap.js';

/** Two stages of one task on the same items. The baseline has one value, compared with the other at every budget. */
export type Pair = { first: ScoredStage; second: ScoredStage };

const SIGN_FLIPS = 10_000;

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
  const first = isBaseline(pair.first)
    ? { stage: pair.first, n: 0, seeds: seedsAt(pair.first, 0) }
    : { stage: pair.first, ...at };
  return bootstrap.difference(first, { stage: pair.second, ...at }, measure);
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
  const curve = budgets.map((n) => differenceAt(pair, { n, seeds }, measure, bootstrap));
  const whole = combine(curve, (values) => meanOverLogN(budgets, values));
  return [...atBudgets, row(null, whole, seeds.length)];
}

const NO_TESTS: Pick<DifferenceRow, 'p' | 'mcnemar_p'> = { p: null, mcnemar_p: null };

/** Over items, each averaged over seeds: flipped signs in either measure, McNemar's test in score. */
function tests(
  { first, second }: Pair,
  { n, seeds }: CellsAt,
  measure: ItemMeasure,
  bootstrap: TaskBootstrap,
): typeof NO_TESTS {
  const { task, settings } = bootstrap;
  const before = isBaseline(first)
    ? itemMeans(first, 0, measure, seedsAt(first, 0))
    : itemMeans(first, n, measure, seeds);
  const after = itemMeans(second, n, measure, seeds);
  const random = seededRandom(
    JSON.stringify([settings.seed, task.model, task.task, first.stage, second.stage, measure, n]),
  );
  const gains = after.map((value, item) => value - (before[item] ?? Number.NaN));
  // Means of few seeds that are equal may differ in their last digit: that is a tie.
  const rounded = gains.map((gain) => (Math.abs(gain) < 1e-9 ? 0 : gain));
  return {
    p: signFlipTest(gains, SIGN_FLIPS, random),
    mcnemar_p: measure === 'score' ? mcnemarTest(rounded) : null,
  };
}

function itemMeans(stage: ScoredStage, n: number, measure: ItemMeasure, seeds: readonly number[]): number[] {
  const values = seeds.flatMap((seed) => stage.cells.get(n)?.get(seed)?.[measure] ?? []);
  return stage.items.map(
    (_, item) => values.reduce((sum, ofSeed) => sum + (ofSeed[item] ?? Number.NaN), 0) / values.length,
  );
}
