import { type Random, seededRandom } from '../../../evaluation/statistics/random.js';
import type { CellRow, ItemRow } from '../../../schemas/tables.js';

/** Mean margin over the baseline (nats) that a stage reaches with n examples. */
export type StageEffect = {
  stage: string;
  method: string;
  effect: (n: number) => number;
  /** Off-target KL per token at n examples. */
  kl: (n: number) => number;
  /** FLOPs of the method itself, and the validation score of its search; as of a vector or of LoRA when not given. */
  flops?: (n: number) => number;
  validation?: number;
};

export type SyntheticTask = {
  model?: string;
  task: string;
  type: CellRow['task_type'];
  /** Mean margin of the untreated model, nats. */
  base: number;
  options: number;
  stages: readonly StageEffect[];
};

export type SyntheticSize = { items: number; seeds: number; budgets: readonly number[]; seed: number };

/** Item and cell rows of one task whose effects are known: a margin is base + item + effect + luck of the seed + noise. */
export function syntheticRows(
  task: SyntheticTask,
  size: SyntheticSize,
): { items: ItemRow[]; cells: CellRow[] } {
  const random = seededRandom(JSON.stringify([size.seed, task.task]));
  const difficulty = Array.from({ length: size.items }, () => 1.5 * normal(random));
  const planned = [
    { stage: 'baseline', method: 'none', n: 0, seed: 0, shift: 0, kl: 0, validation: null, flops: undefined },
    ...task.stages.flatMap(({ stage, method, effect, kl, flops, validation = 0.5 }) =>
      size.budgets.flatMap((n) =>
        Array.from({ length: size.seeds }, (_, seed) => {
          const shift = effect(n) + (0.35 * normal(random)) / Math.sqrt(n);
          const off = kl(n) * Math.exp(0.2 * normal(random));
          return { stage, method, n, seed, shift, kl: off, validation, flops: flops?.(n) };
        }),
      ),
    ),
  ];
  const results = planned.map((plan) => cellOf(task, plan, { difficulty, random }));
  return { items: results.flatMap(({ items }) => items), cells: results.map(({ cell }) => cell) };
}

type Plan = {
  stage: string;
  method: string;
  n: number;
  seed: number;
  shift: number;
  kl: number;
  validation: number | null;
  flops: number | undefined;
};

function cellOf(
  task: SyntheticTask,
  plan: Plan,
  { difficulty, random }: { difficulty: number[]; random: Random },
) {
  const place = {
    model: task.model ?? 'smollm2-135m-instruct',
    task: task.task,
    stage: plan.stage,
    method: plan.method,
  };
  const noise = plan.n === 0 ? 0 : 0.5;
  const items = difficulty.map((hard, index): ItemRow => {
    const margin = task.base + hard + plan.shift + noise * normal(random);
    const label = index % task.options;
    const logprobs = Array.from(
      { length: task.options },
      (_, option) => -4 - (option === label ? 0 : margin + option * 0.01),
    );
    const prediction = margin > 0 ? label : (label + 1) % task.options;
    const id = index.toString(16).padStart(16, '0');
    return {
      ...place,
      n: plan.n,
      seed: plan.seed,
      item: id,
      label,
      prediction,
      correct: margin > 0,
      margin,
      logprobs,
    };
  });
  const score = items.filter(({ correct }) => correct).length / items.length;
  const margin = items.reduce((sum, item) => sum + item.margin, 0) / items.length;
  return {
    items,
    cell: {
      ...place,
      ...costs(plan),
      task_type: task.type,
      items: items.length,
      chance: 1 / task.options,
      score,
      margin,
    },
  };
}

function costs({ stage, n, seed, kl, validation, flops }: Plan) {
  const forward = 2 * 135e6 * 60;
  const trained =
    flops ??
    (stage === 'baseline' ? 0 : stage === 'vector' ? 2 * n * forward : Math.max(20, n) * 4 * forward);
  const cell: Omit<
    CellRow,
    'model' | 'task' | 'task_type' | 'stage' | 'method' | 'items' | 'chance' | 'score' | 'margin'
  > = {
    n,
    seed,
    status: 'ok',
    reason: null,
    balanced_score: null,
    unparsable: null,
    contrast: null,
    gain: null,
    margin_gain: null,
    kl,
    reverse_kl: null,
    perplexity_ratio: Math.exp(kl * 0.8),
    validation_score: validation,
    chosen:
      n === 0
        ? null
        : JSON.stringify(
            stage === 'vector' ? { layer: 15, coefficient: 2 } : { learning_rate: 0.001, checkpoint: 1 },
          ),
    trials: n === 0 ? 0 : 8,
    trainable_parameters: stage === 'vector' ? 576 : 460_800,
    treatment_bytes: stage === 'vector' ? 2304 : 1_843_200,
    flops_method: trained,
    flops_method_backward: stage === 'lora' ? trained / 2 : 0,
    flops_search: n === 0 ? 0 : trained + 8 * 32 * forward,
    flops_search_backward: stage === 'lora' ? trained / 2 : 0,
    flops_evaluation: 100 * forward,
    seconds: (trained + 8 * 32 * forward) / 60e9,
    peak_memory_bytes: 2.1e9,
    key: `${stage}-${n}-${seed}`,
  };
  return cell;
}

/** A standard normal number (Box and Muller 1958). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
