import type { CurveRow } from '../../schemas/tables.js';
import type { Estimate } from './bootstrap.js';
import { levelInterval } from './measure-range.js';
import type { EfficiencyRow } from './rows.js';
import { baselineOf, budgetsOf, completeSeeds, ITEM_MEASURES, seedsAt } from './scored-stage.js';
import type { TaskBootstrap } from './task-bootstrap.js';

/**
 * The learning curves of one task: a row per stage, measure and budget, with percentile intervals over seeds and items.
 * Every method's curve begins with the baseline at n = 0. A point uses the seeds whose cell succeeded, and says how many.
 * KL has one value a seed: its intervals are over seeds alone, its `items` is 0, and with one seed it has no width.
 */
export function learningCurves(bootstrap: TaskBootstrap): CurveRow[] {
  const { task, settings } = bootstrap;
  return [...task.stages.values()].flatMap((stage) => {
    const baseline = baselineOf(task, stage);
    const points = [
      ...(baseline ? [{ source: baseline, n: 0 }] : []),
      ...budgetsOf(stage).map((n) => ({ source: stage, n })),
    ];
    const place = { model: task.model, task: task.task, stage: stage.stage, method: stage.method };
    const row = (
      measure: CurveRow['measure'],
      n: number,
      estimate: Estimate,
      seeds: number,
      items: number,
    ): CurveRow => ({
      ...place,
      measure,
      n,
      ...levelInterval(measure, estimate, settings.confidence),
      seeds,
      items,
    });
    const scored = ITEM_MEASURES.flatMap((measure) =>
      points.map(({ source, n }) => {
        const seeds = seedsAt(source, n);
        return row(measure, n, bootstrap.mean(source, n, measure, seeds), seeds.length, source.items.length);
      }),
    );
    const kl = points.flatMap(({ source, n }) => {
      const seeds = seedsAt(source, n);
      const estimate = bootstrap.meanKl(source, n, seeds);
      return estimate === undefined ? [] : [row('kl', n, estimate, seeds.length, 0)];
    });
    return [...scored, ...kl];
  });
}

/** Data efficiency of each method: the mean of its curve over log N, on the seeds that have every budget. */
export function efficiencies(bootstrap: TaskBootstrap): EfficiencyRow[] {
  const { task, settings } = bootstrap;
  return [...task.stages.values()].flatMap((stage) => {
    const budgets = budgetsOf(stage).filter((n) => n > 0);
    const seeds = completeSeeds(stage, budgets);
    const [smallest, largest] = [budgets[0], budgets.at(-1)];
    if (smallest === undefined || largest === undefined || seeds.length === 0) return [];
    return ITEM_MEASURES.map((measure) => {
      const mean = bootstrap.meanOverLogN(
        budgets.map((n) => ({ stage, n, seeds })),
        measure,
      );
      return {
        model: task.model,
        task: task.task,
        stage: stage.stage,
        method: stage.method,
        measure,
        ...levelInterval(measure, mean, settings.confidence),
        seeds: seeds.length,
        items: stage.items.length,
        smallest_n: smallest,
        largest_n: largest,
      };
    });
  });
}
