import { combine, difference, percentileInterval } from './bootstrap.js';
import { commonBudgets, commonSeeds, pairOf } from './comparison.js';
import type { CompositionRow } from './rows.js';
import type { ItemMeasure, ScoredStage } from './scored-stage.js';
import type { TaskBootstrap } from './task-bootstrap.js';

/** A combining stage and the two stages it combines. */
export type Combination = { combined: ScoredStage; parts: readonly [ScoredStage, ScoredStage] };

/**
 * Combined − better part at every budget where all three have a common seed. The better part is found anew in each
 * resample; the larger of two noisy means is too large on average, so the test errs against the combination.
 */
export function compositions(
  { combined, parts: [one, other] }: Combination,
  measure: ItemMeasure,
  bootstrap: TaskBootstrap,
): CompositionRow[] {
  const { task, settings } = bootstrap;
  const withOne = pairOf(one, combined);
  const withOther = pairOf(other, combined);
  return commonBudgets(withOne).flatMap((n) => {
    const withBoth = commonSeeds(withOther, [n]);
    const seeds = commonSeeds(withOne, [n]).filter((seed) => withBoth.includes(seed));
    if (seeds.length === 0) return [];
    const parts = [one, other].map((stage) => bootstrap.mean(stage, n, measure, seeds));
    const better = combine(parts, (values) => Math.max(...values));
    const gain = difference(better, bootstrap.mean(combined, n, measure, seeds));
    const { value, low, high } = percentileInterval(gain, settings.confidence);
    const [first, second] = parts.map(({ point }) => point);
    return [
      {
        model: task.model,
        task: task.task,
        measure,
        stage: combined.stage,
        parts: [one.stage, other.stage],
        better_part: (second ?? Number.NaN) > (first ?? Number.NaN) ? other.stage : one.stage,
        n,
        difference: value,
        low,
        high,
        seeds: seeds.length,
        items: combined.items.length,
      },
    ];
  });
}
