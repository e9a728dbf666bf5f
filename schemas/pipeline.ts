import { z } from 'zod';
import { ModelName, Name } from './names.js';
import { PretrainStage } from './pretraining.js';

const positiveInt = z.number().int().positive();
const stageName = Name;

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
  elsewhere: z
    .record(z.string(), z.array(z.string().min(1).max(300)).min(1))
    .default({})
    .describe(
      'tasks on whose test items a task’s treatments are judged too: what a treatment does to what it was not made for',
    ),
});

export const BaselineStage = z.strictObject({
  stage: z.literal('baseline'),
  data: stageName,
  off_target: z
    .array(z.string().min(1).max(300))
    .default(['moby-dick'])
    .describe(
      'unrelated texts for KL and perplexity: names of data/texts.yaml, or paths of text files; none for a model that knows no prose',
    ),
  off_target_tokens: positiveInt.default(1024),
});

/** Kinds of stages that run a method; each method belongs to one. */
export const MethodKind = z.enum(['prompt', 'steer', 'finetune', 'combine']);
export type MethodKind = z.infer<typeof MethodKind>;

// What else such a stage may say is declared by its method, in the method's own file.
const methodStage = { data: stageName, method: Name.describe('see `crossover methods`') };
export const PromptStage = z.looseObject({ stage: z.literal('prompt'), ...methodStage });
export const SteerStage = z.looseObject({ stage: z.literal('steer'), ...methodStage });
export const FinetuneStage = z.looseObject({ stage: z.literal('finetune'), ...methodStage });

export const CombineStage = z.looseObject({
  stage: z.literal('combine'),
  of: z.tuple([stageName, stageName]).describe('two stages over the same data'),
  order: Name.default('finetune-then-steer').describe('a combining method; see `crossover methods`'),
  against: z
    .array(stageName)
    .default([])
    .describe('stages that search as many trials as the combination in all its searches: what it must beat'),
});

export const FitStage = z.strictObject({
  stage: z.literal('fit'),
  of: z.array(stageName).min(1),
  confidence: z.number().gt(0.5).lt(1).default(0.95),
  resamples: positiveInt.min(100).default(2000),
  claims: Name.optional().describe('a pre-registration of data/claims that the study is judged by'),
});

export const ReportStage = z.strictObject({
  stage: z.literal('report'),
  of: z.array(stageName).min(1),
});

export const Stage = z.discriminatedUnion('stage', [
  PretrainStage,
  SampleStage,
  BaselineStage,
  PromptStage,
  SteerStage,
  FinetuneStage,
  CombineStage,
  FitStage,
  ReportStage,
]);
export type Stage = z.infer<typeof Stage>;
export type StageKind = Stage['stage'];
/** A stage that runs one method on examples. */
export type MethodStage = StageOf<'prompt' | 'steer' | 'finetune'>;
export type StageOf<K extends StageKind> = Extract<Stage, { stage: K }>;

export const Pipeline = z.strictObject({
  name: Name,
  title: z.string().max(200).optional(),
  description: z.string().max(4000).optional(),
  models: z.array(ModelName).min(1),
  tasks: z.array(z.string().min(1).max(300)).min(1).describe('tasks of data/tasks, or paths of task files'),
  tasks_of: z
    .record(ModelName, z.array(z.string().min(1).max(300)).min(1))
    .optional()
    .describe('model → the tasks it is studied on, where these are not all'),
  stages: z.record(Name, Stage),
});
export type Pipeline = z.infer<typeof Pipeline>;
