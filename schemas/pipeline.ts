import { z } from 'zod';
import { ModelName, Name } from './names.js';

const positiveInt = z.number().int().positive();
const stageName = Name;

/** Layers (0-based indices of decoder blocks): a list, or a named choice resolved against the model's depth. */
export const LayerChoice = z.union([
  z.array(z.number().int().nonnegative()).min(1),
  z.enum(['all', 'upper-half', 'upper-third']),
]);
export type LayerChoice = z.infer<typeof LayerChoice>;

export const SampleStage = z.strictObject({
  stage: z.literal('sample'),
  budgets: z.array(positiveInt).min(1).describe('numbers of training examples; nested within a seed'),
  seeds: z
    .union([positiveInt, z.array(z.number().int().nonnegative()).min(1)])
    .describe('a count (0…k−1) or a list'),
  validation: positiveInt.describe('items that choose hyper-parameters'),
  test: z
    .union([positiveInt, z.literal('all')])
    .describe('held-out items, or all of a task’s; the same for every seed'),
});

export const BaselineStage = z.strictObject({
  stage: z.literal('baseline'),
  data: stageName,
  off_target: z
    .array(z.string().min(1).max(300))
    .min(1)
    .default(['moby-dick'])
    .describe('unrelated texts for KL and perplexity: names of data/texts.yaml, or paths of text files'),
  off_target_tokens: positiveInt.default(1024),
});

export const SteerStage = z.strictObject({
  stage: z.literal('steer'),
  data: stageName,
  method: z.literal('mean-difference'),
  positions: z
    .enum(['all', 'after-prompt', 'last'])
    .default('all')
    .describe('token positions the vector is added at'),
  search: z.strictObject({
    layers: z.union([z.array(z.number().int().nonnegative()).min(1), z.literal('auto')]).default('auto'),
    coefficients: z.array(z.number()).min(1).default([0.5, 1, 2, 4]),
  }),
});

export const LoraTarget = z.enum([
  'q_proj',
  'k_proj',
  'v_proj',
  'o_proj',
  'gate_proj',
  'up_proj',
  'down_proj',
]);
export type LoraTarget = z.infer<typeof LoraTarget>;

export const FinetuneStage = z.strictObject({
  stage: z.literal('finetune'),
  data: stageName,
  method: z.literal('lora'),
  rank: positiveInt.default(8),
  alpha: z.number().positive().default(16),
  targets: z.array(LoraTarget).min(1).default(['q_proj', 'v_proj']),
  layers: LayerChoice.default('all'),
  epochs: positiveInt.default(3),
  min_steps: positiveInt.default(20).describe('small budgets repeat their examples up to this many steps'),
  batch: positiveInt.default(8),
  weight_decay: z.number().nonnegative().default(0),
  search: z.strictObject({
    learning_rates: z.array(z.number().positive()).min(1).default([3e-4, 1e-3]),
    checkpoints: z
      .array(z.number().positive().max(1))
      .min(1)
      .default([0.5, 1])
      .describe('fractions of training scored on validation'),
  }),
});

export const CombineStage = z.strictObject({
  stage: z.literal('combine'),
  of: z.tuple([stageName, stageName]).describe('a finetune stage and a steer stage over the same data'),
  order: z.literal('finetune-then-steer').default('finetune-then-steer'),
  vector: z.enum(['base', 'tuned']).default('tuned').describe('model the vector is extracted from'),
});

export const FitStage = z.strictObject({
  stage: z.literal('fit'),
  of: z.array(stageName).min(1),
  confidence: z.number().gt(0.5).lt(1).default(0.95),
  resamples: positiveInt.min(100).default(2000),
});

export const ReportStage = z.strictObject({
  stage: z.literal('report'),
  of: z.array(stageName).min(1),
});

export const Stage = z.discriminatedUnion('stage', [
  SampleStage,
  BaselineStage,
  SteerStage,
  FinetuneStage,
  CombineStage,
  FitStage,
  ReportStage,
]);
export type Stage = z.infer<typeof Stage>;
export type StageKind = Stage['stage'];
export type StageOf<K extends StageKind> = Extract<Stage, { stage: K }>;

export const Pipeline = z.strictObject({
  name: Name,
  title: z.string().max(200).optional(),
  description: z.string().max(4000).optional(),
  models: z.array(ModelName).min(1),
  tasks: z.array(z.string().min(1).max(300)).min(1).describe('tasks of data/tasks, or paths of task files'),
  stages: z.record(Name, Stage),
});
export type Pipeline = z.infer<typeof Pipeline>;
