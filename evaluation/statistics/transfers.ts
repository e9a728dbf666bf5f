import { combine, type Estimate, hasLogarithm, NO_LOGARITHM } from './bootstrap.js';
import type { TransferRow } from './law-rows.js';
import { fallingLogLosses } from './laws/monotone.js';
import { reachedAt, reachedRange } from './reached.js';
import type { LeadRow } from './rows.js';
import { budgetsOf, completeSeeds, isBaseline, type ScoredStage } from './scored-stage.js';
import type { BootstrapSettings, TaskBootstrap } from './task-bootstrap.js';

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
  const { task } = bootstrap;
  const budgets = budgetsOf(reference);
  const all = completeSeeds(reference, budgets);
  return budgetsOf(stage).flatMap((n) => {
    const seeds = completeSeeds(stage, [n]).filter((seed) => all.includes(seed));
    if (budgets.length < 2 || seeds.length === 0) return [];
    const own = bootstrap.meanLoss(stage, n, seeds);
    const curve = budgets.flatMap((budget) => bootstrap.meanLoss(reference, budget, seeds) ?? []);
    if (own === undefined || curve.length < budgets.length) return [];
    const row: TransferRow = {
      model: task.model,
      task: task.task,
      stage: stage.stage,
      method: stage.method,
      reference: reference.stage,
      n,
      ...transferred({ n, own, budgets, curve }, bootstrap.settings),
      seeds: seeds.length,
      items: stage.items.length,
    };
    return [row];
  });
}

type Losses = { n: number; own: Estimate; budgets: readonly number[]; curve: readonly Estimate[] };

function transferred({ n, own, budgets, curve }: Losses, { confidence }: BootstrapSettings) {
  if (![own, ...curve].every(hasLogarithm)) return NOTHING;
  const { point, draws } = combine([own, ...curve], ([loss = Number.NaN, ...losses]) =>
    effective(budgets, losses, loss),
  );
  const { probability: _, n: effectiveN, ...range } = reachedRange(point, draws, confidence);
  const multiplier = effectiveN === null ? null : effectiveN / n;
  return { status: 'fitted' as const, reason: null, effective_n: effectiveN, ...range, multiplier };
}

const NOTHING = {
  status: 'undecided',
  reason: NO_LOGARITHM,
  effective_n: null,
  low: null,
  high: null,
  censoring: 'none',
  multiplier: null,
} as const;

/** The examples at which the falling curve through `losses` first is as low as `loss`; 0 before, ∞ beyond the budgets. */
function effective(budgets: readonly number[], losses: readonly number[], loss: number): number {
  const heights = fallingLogLosses(losses).map((height) => -height);
  return reachedAt(budgets, heights, -Math.log(loss));
}
