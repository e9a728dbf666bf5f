import type { CrossoverRow } from '../../schemas/tables.js';
import { commonBudgets, commonSeeds, differenceAt, type Pair, weightedDifference } from './comparison.js';
import { curveCrossing } from './curve-crossing.js';
import { withinDifferences } from './measure-range.js';
import type { ItemMeasure } from './scored-stage.js';
import type { TaskBootstrap } from './task-bootstrap.js';

/**
 * Where the learning curves of two stages cross: N* from the observed curves, its interval from where their difference is
 * decided, and the share of resamples that cross at all. Uses the budgets and seeds both stages have; undefined when
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
  const crossing = curveCrossing(budgets, curve, {
    confidence: settings.confidence,
    seeds: seeds.length,
    between: (weights) =>
      weightedDifference(
        pair,
        {
          budgets: weights.flatMap(([index]) => budgets[index] ?? []),
          weights: weights.map(([, weight]) => weight),
          seeds,
        },
        measure,
        bootstrap,
      ),
  });
  const { point } = crossing;
  const atSmallest = withinDifferences(measure, crossing.atSmallest);
  const atLargest = withinDifferences(measure, crossing.atLargest);
  return {
    model: task.model,
    task: task.task,
    task_type: task.task_type,
    measure,
    first: pair.first.stage,
    second: pair.second.stage,
    verdict: crossing.verdict,
    n_star: point.kind === 'switch' ? point.n : null,
    low: crossing.low,
    high: crossing.high,
    probability_in_range: crossing.probability,
    direction: point.kind === 'switch' ? point.direction : 'none',
    censoring: crossing.censoring,
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
