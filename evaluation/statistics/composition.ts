import { combine, type Estimate } from './bootstrap.js';
import { differenceAt, differenceOverLogN, pairOf } from './comparison.js';
import { compositionVerdict } from './composition-verdict.js';
import { differenceInterval } from './measure-range.js';
import type { CompositionRow } from './rows.js';
import { budgetsOf, completeSeeds, type ItemMeasure, type ScoredStage } from './scored-stage.js';
import type { TaskBootstrap } from './task-bootstrap.js';

/** A combining stage, the two stages it combines, and stages that search as much as both of these together. */
export type Combination = {
  combined: ScoredStage;
  parts: readonly [ScoredStage, ScoredStage];
  rivals: readonly ScoredStage[];
};

/** What a combination is held against: the best of `stages`. */
type Contest = { against: CompositionRow['against']; stages: readonly ScoredStage[] };

/**
 * A combination against each part alone, against the better of the two, and against the better of those that search as
 * much as both: at every budget where all have a common seed, and (n null) averaged over log N. The better one is found
 * anew in each resample; the larger of two noisy means is too large on average, so the test errs against the combination.
 */
export function compositions(
  combination: Combination,
  measure: ItemMeasure,
  bootstrap: TaskBootstrap,
): CompositionRow[] {
  const { parts, rivals } = combination;
  const contests: Contest[] = [
    ...parts.map((part): Contest => ({ against: 'part', stages: [part] })),
    { against: 'parts', stages: parts },
    ...(rivals.length > 0 ? [{ against: 'equal-search', stages: rivals } as const] : []),
  ];
  return contests.flatMap((contest) => contestRows(combination, contest, { measure, bootstrap }));
}

type Means = { measure: ItemMeasure; bootstrap: TaskBootstrap };

function contestRows(
  { combined, parts }: Combination,
  { against, stages }: Contest,
  { measure, bootstrap }: Means,
): CompositionRow[] {
  const { task, settings } = bootstrap;
  const all = [combined, ...stages.map((stage) => pairOf(stage, combined).first)];
  const seedsWith = (budgets: readonly number[]) =>
    completeSeeds(combined, budgets).filter((seed) =>
      all.every((stage) => completeSeeds(stage, budgets).includes(seed)),
    );
  const row = (n: number | null, seeds: number, gains: readonly Estimate[]): CompositionRow => {
    const { value, low, high } = differenceInterval(measure, overBest(gains), settings.confidence);
    return {
      model: task.model,
      task: task.task,
      measure,
      stage: combined.stage,
      parts: parts.map(({ stage }) => stage),
      against,
      rivals: stages.map(({ stage }) => stage),
      better: bestOf(stages, gains),
      n,
      difference: value,
      low,
      high,
      verdict: compositionVerdict({ low, high }, { measure, seeds }),
      seeds,
      items: combined.items.length,
    };
  };
  const gainOver = (stage: ScoredStage, n: number, seeds: readonly number[]) =>
    differenceAt({ first: stage, second: combined }, { n, seeds }, measure, bootstrap);
  const budgets = budgetsOf(combined).filter((n) => n > 0 && seedsWith([n]).length > 0);
  const atBudgets = budgets.map((n) => {
    const seeds = seedsWith([n]);
    return row(
      n,
      seeds.length,
      stages.map((stage) => gainOver(stage, n, seeds)),
    );
  });
  const seeds = seedsWith(budgets);
  if (budgets.length < 2 || seeds.length === 0) return atBudgets;
  const whole = stages.map((stage) =>
    differenceOverLogN({ first: stage, second: combined }, { budgets, seeds }, measure, bootstrap),
  );
  return [...atBudgets, row(null, seeds.length, whole)];
}

/** The gain over the best is the smallest gain. */
function overBest(gains: readonly Estimate[]): Estimate {
  return combine(gains, (values) => Math.min(...values));
}

/** The stage over which the gain is smallest as observed; the first of equals. */
function bestOf(stages: readonly ScoredStage[], gains: readonly Estimate[]): string {
  const points = gains.map(({ point }) => point);
  return stages[points.indexOf(Math.min(...points))]?.stage ?? '';
}
