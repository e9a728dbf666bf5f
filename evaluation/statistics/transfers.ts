import type { TransferRow } from './law-rows.js';
import { fallingLogLosses } from './laws/monotone.js';
import { reachedAt, reachedRange } from './reached.js';
import type { LeadRow } from './rows.js';
import { budgetsOf, completeSeeds, isBaseline, type ScoredStage } from './scored-stage.js';
import type { TaskBootstrap } from './task-bootstrap.js';

/**
 * Effective data (Hernandez et al. 2021, arXiv 2102.01293, section 2): the examples n′ with which the leading fine-tuning
 * stage has the loss that a method has with n. The reference's losses are made falling (pool adjacent violators) and
 * joined over log N; beyond its budgets nothing is extrapolated. Both share their resamples of items.
 */
export function transfers(bootstrap: TaskBootstrap, leads: readonly LeadRow[]): TransferRow[] {
  const { task } = bootstrap;
  const lead = leads.find(({ kind, chosen }) => kind === 'finetune' && chosen);
  const reference = lead === undefined ? undefined : task.stages.get(lead.stage);
  if (reference === undefined) return [];
  const others = [...task.stages.values()].filter((stage) => !isBaseline(stage) && stage !== reference);
  return others.flatMap((stage) => stageTransfers(stage, reference, bootstrap));
}

function stageTransfers(stage: ScoredStage, reference: ScoredStage, bootstrap: TaskBootstrap): TransferRow[] {
  const { task, settings } = bootstrap;
  const budgets = budgetsOf(reference);
  const all = completeSeeds(reference, budgets);
  return budgetsOf(stage).flatMap((n) => {
    const seeds = completeSeeds(stage, [n]).filter((seed) => all.includes(seed));
    if (budgets.length < 2 || seeds.length === 0) return [];
    const own = bootstrap.meanLoss(stage, n, seeds);
    const curve = budgets.flatMap((budget) => bootstrap.meanLoss(reference, budget, seeds) ?? []);
    if (own === undefined || curve.length < budgets.length) return [];
    const values = (resample: number) => curve.map(({ draws }) => draws[resample] ?? Number.NaN);
    const point = effective(
      budgets,
      curve.map((estimate) => estimate.point),
      own.point,
    );
    const draws = own.draws.map((loss, resample) => effective(budgets, values(resample), loss));
    const { probability: _, n: effectiveN, ...range } = reachedRange(point, draws, settings.confidence);
    return {
      model: task.model,
      task: task.task,
      stage: stage.stage,
      method: stage.method,
      reference: reference.stage,
      n,
      effective_n: effectiveN,
      ...range,
      multiplier: effectiveN === null ? null : effectiveN / n,
      seeds: seeds.length,
      items: stage.items.length,
    };
  });
}

/** The examples at which the falling curve through `losses` first is as low as `loss`; 0 before, ∞ beyond the budgets. */
function effective(budgets: readonly number[], losses: readonly number[], loss: number): number {
  const heights = fallingLogLosses(losses).map((height) => -height);
  return reachedAt(budgets, heights, -Math.log(loss));
}
