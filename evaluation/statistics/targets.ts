import { combine, type Estimate } from './bootstrap.js';
import type { TargetRow } from './law-rows.js';
import { reachedAt, reachedRange } from './reached.js';
import {
  baselineOf,
  budgetsOf,
  completeSeeds,
  ITEM_MEASURES,
  type ItemMeasure,
  isBaseline,
  type ScoredStage,
  seedsAt,
} from './scored-stage.js';
import type { TaskBootstrap } from './task-bootstrap.js';

/** Half of the way and nearly all of it. */
const SHARES = [0.5, 0.9] as const;

/**
 * How many examples each method needs to come a share of the way from the untreated model to the highest mean that any
 * method of the task has at any budget. The target is a level found once, not estimated anew in every resample; a task on
 * which no mean lies above the untreated model's has no targets.
 */
export function targets(bootstrap: TaskBootstrap): TargetRow[] {
  const stages = [...bootstrap.task.stages.values()].filter((stage) => !isBaseline(stage));
  return ITEM_MEASURES.flatMap((measure) => {
    const tops = stages.flatMap((stage) =>
      budgetsOf(stage).map((n) => bootstrap.mean(stage, n, measure, seedsAt(stage, n)).point),
    );
    return stages.flatMap((stage) => stageTargets(stage, { measure, top: Math.max(...tops) }, bootstrap));
  });
}

function stageTargets(
  stage: ScoredStage,
  { measure, top }: { measure: ItemMeasure; top: number },
  bootstrap: TaskBootstrap,
): TargetRow[] {
  const { task, settings } = bootstrap;
  const baseline = baselineOf(task, stage);
  const budgets = budgetsOf(stage);
  const seeds = completeSeeds(stage, budgets);
  if (baseline === undefined || budgets.length < 2 || seeds.length === 0) return [];
  const start = bootstrap.mean(baseline, 0, measure, seedsAt(baseline, 0)).point;
  // What no treatment moves may differ in its last digits.
  if (!(top - start > 1e-9 * Math.max(Math.abs(top), Math.abs(start)))) return [];
  const curve = budgets.map((n) => bootstrap.mean(stage, n, measure, seeds));
  return SHARES.map((share) => {
    const target = start + share * (top - start);
    const reached: Estimate = combine(curve, (values) => reachedAt(budgets, values, target));
    const { probability, ...range } = reachedRange(reached.point, reached.draws, settings.confidence);
    return {
      model: task.model,
      task: task.task,
      stage: stage.stage,
      method: stage.method,
      measure,
      share,
      target,
      ...range,
      probability_reached: probability,
      seeds: seeds.length,
      items: stage.items.length,
    };
  });
}
