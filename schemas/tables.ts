import { z } from 'zod';
import { TaskType } from './item.js';

/** Off-target text is scored window by window; these are the sums of one window. */
export const OffTargetRow = z.strictObject({
  text: z.string(),
  window: z.number().int(),
  tokens: z.number().int().describe('scored positions'),
  kl: z.number().describe('Σ over positions of KL(base‖treated), full vocabulary, temperature 1, nats'),
  reverse_kl: z
    .number()
    .nullable()
    .default(null)
    .describe('the same of KL(treated‖base); null where it was not measured'),
  nll: z.number().describe('Σ of −log p(token) under the treated model, nats'),
  base_nll: z.number().describe('Σ of −log p(token) under the base model, nats'),
});
export type OffTargetRow = z.infer<typeof OffTargetRow>;

/** One candidate of a method's hyper-parameter search, scored on validation items only. */
export const TrialRow = z.strictObject({
  trial: z.number().int(),
  setting: z.record(z.string(), z.union([z.number(), z.string()])),
  score: z.number().nullable().describe('accuracy on the validation items; null where it has none'),
  margin: z.number().nullable().describe('mean margin there, nats'),
  chosen: z.boolean(),
  reason: z.string().nullable().default(null).describe('why it has no score: what left the finite numbers'),
});
export type TrialRow = z.infer<typeof TrialRow>;

/** A candidate with the cell whose search it belongs to. */
export const SearchRow = z.strictObject({
  model: z.string(),
  task: z.string(),
  stage: z.string(),
  n: z.number().int(),
  seed: z.number().int(),
  ...TrialRow.shape,
});
export type SearchRow = z.infer<typeof SearchRow>;

/** How one test item was answered. An episode and a generated answer have two outcomes: 0 is failure, 1 (their label) success. */
export const ItemScore = z.strictObject({
  item: z.string(),
  label: z.number().int(),
  prediction: z.number().int().describe('index of the most probable option; the first of equals'),
  correct: z.boolean(),
  margin: z
    .number()
    .describe(
      'log p(right option) − log p(best wrong option), nats; of an episode the mean over its steps; of a target without wrong answers its log p',
    ),
  logprobs: z
    .array(z.number())
    .describe(
      'score of each option as its task compares them, nats: its summed log-probability, where the task says nothing else; none for an episode or a generated answer',
    ),
});
export type ItemScore = z.infer<typeof ItemScore>;

export const AnswerOutcome = z.enum(['right', 'wrong', 'unparsable']);
export type AnswerOutcome = z.infer<typeof AnswerOutcome>;

/** What a model wrote for a test item, and what was read out of it. */
export const GenerationScore = z.strictObject({
  item: z.string(),
  target: z.string(),
  text: z.string().describe('generated, without what ended it'),
  parsed: z
    .string()
    .nullable()
    .describe('the answer in the form in which it was compared; null when there is none'),
  outcome: AnswerOutcome,
  tokens: z.number().int().describe('generated'),
  ended: z.enum(['token', 'stop', 'length', 'context']).describe('what ended the text'),
});
export type GenerationScore = z.infer<typeof GenerationScore>;

/** A generated answer with the cell it belongs to. */
export const GenerationRow = z.strictObject({
  model: z.string(),
  task: z.string(),
  stage: z.string(),
  method: z.string(),
  n: z.number().int(),
  seed: z.number().int(),
  ...GenerationScore.shape,
});
export type GenerationRow = z.infer<typeof GenerationRow>;

/** How a test episode of an environment went. */
export const EpisodeScore = z.strictObject({
  item: z.string(),
  level: z.string(),
  outcome: z.string().describe('success, out of steps, or what ended it'),
  steps: z.number().int(),
  expert_steps: z.number().int().describe('of the expert from the same start'),
  weighted: z
    .number()
    .describe('success weighted by length: expert steps ÷ steps, 0 without success (Anderson et al. 2018)'),
  agreement: z.number().describe('share of the steps at which the expert would have done the same'),
  actions: z.string().describe('one a line'),
});
export type EpisodeScore = z.infer<typeof EpisodeScore>;

/** An episode with the cell it belongs to. */
export const EpisodeRow = z.strictObject({
  model: z.string(),
  task: z.string(),
  stage: z.string(),
  method: z.string(),
  n: z.number().int(),
  seed: z.number().int(),
  ...EpisodeScore.shape,
});
export type EpisodeRow = z.infer<typeof EpisodeRow>;

/** Per-item result: the primary artifact. Every metric, interval and fit is recomputed from these rows. */
export const ItemRow = z.strictObject({
  model: z.string(),
  task: z.string(),
  stage: z.string(),
  method: z.string(),
  n: z.number().int().describe('training examples; 0 is the baseline'),
  seed: z.number().int(),
  ...ItemScore.shape,
});
export type ItemRow = z.infer<typeof ItemRow>;

/** A number that says how hard a task is for a model, or how large the model is. */
export const FactRow = z.strictObject({
  model: z.string(),
  task: z.string(),
  fact: z.string(),
  value: z.number(),
});
export type FactRow = z.infer<typeof FactRow>;

export const CellStatus = z.enum(['ok', 'failed']);

/** One cell: (model, task, method, N, seed). A failed cell carries its reason and no scores. */
export const CellRow = z.strictObject({
  model: z.string(),
  task: z.string(),
  task_type: TaskType,
  stage: z.string(),
  method: z.string(),
  n: z.number().int(),
  seed: z.number().int(),
  status: CellStatus,
  reason: z.string().nullable(),
  items: z.number().int(),
  chance: z.number(),
  score: z.number().nullable().describe('accuracy on the test items'),
  balanced_score: z
    .number()
    .nullable()
    .describe(
      'mean over the right answers of the accuracy on their items; null where nearly every item has its own',
    ),
  unparsable: z
    .number()
    .nullable()
    .describe(
      'share of generated texts that hold no answer, of episodes that a text ended which is no action; null where nothing is generated',
    ),
  contrast: z
    .enum(['wrong options', 'other actions', 'given', 'own sample'])
    .nullable()
    .describe('what right answers are held against where a method reads contrasts; null untreated'),
  margin: z.number().nullable().describe('mean margin on the test items, nats'),
  gain: z.number().nullable().describe('score − baseline score'),
  margin_gain: z.number().nullable(),
  kl: z.number().nullable().describe('off-target KL(base‖treated) per token, nats'),
  reverse_kl: z.number().nullable().describe('off-target KL(treated‖base) per token, nats'),
  perplexity_ratio: z.number().nullable().describe('treated ÷ base perplexity on off-target text'),
  validation_score: z.number().nullable(),
  chosen: z
    .string()
    .nullable()
    .describe(
      'the search’s choice, as JSON; of a combination those of both parts, by kind: `finetune learning_rate`',
    ),
  trials: z.number().int().describe('candidates of its search, with those that have no score'),
  trainable_parameters: z.number().int(),
  treatment_bytes: z.number().int(),
  flops_method: z.number().describe('FLOPs of fitting the chosen treatment'),
  flops_method_backward: z.number().describe('of flops_method, those of backward passes'),
  flops_search: z.number().describe('FLOPs of the rest of the search'),
  flops_search_backward: z.number(),
  flops_evaluation: z.number(),
  seconds: z.number().describe('wall seconds of the cell; not part of its identity'),
  peak_memory_bytes: z
    .number()
    .int()
    .describe(
      'most memory that the process held from its start until the cell was done: what an earlier cell needed is in it',
    ),
  key: z.string().describe('the cell’s cache key'),
});
export type CellRow = z.infer<typeof CellRow>;

/** Mean effect of one method at one budget, with a hierarchical bootstrap interval (seeds, then items). */
export const CurveRow = z.strictObject({
  model: z.string(),
  task: z.string(),
  stage: z.string(),
  method: z.string(),
  measure: z.enum(['score', 'margin', 'kl']),
  n: z.number().int(),
  value: z.number(),
  low: z.number(),
  high: z.number(),
  seeds: z.number().int(),
  items: z.number().int(),
});
export type CurveRow = z.infer<typeof CurveRow>;

/** The crossover of two methods’ learning curves: where `first` stops being the better one. */
export const CrossoverRow = z.strictObject({
  model: z.string(),
  task: z.string(),
  task_type: TaskType,
  measure: z.enum(['score', 'margin']),
  first: z.string().describe('stage name, e.g. the steering stage'),
  second: z.string(),
  verdict: z.enum(['crossover', 'first-better', 'second-better', 'undecided']),
  n_star: z.number().nullable().describe('training examples; null when the curves do not cross in range'),
  low: z.number().nullable(),
  high: z.number().nullable(),
  probability_in_range: z
    .number()
    .describe('share of bootstrap resamples whose curves cross within the budgets'),
  direction: z.enum(['first-then-second', 'second-then-first', 'none']),
  censoring: z.enum(['none', 'left', 'right', 'both']),
  smallest_n: z.number().int(),
  largest_n: z.number().int(),
  difference_at_smallest: z.number().describe('second − first, paired'),
  difference_at_smallest_low: z.number(),
  difference_at_smallest_high: z.number(),
  difference_at_largest: z.number(),
  difference_at_largest_low: z.number(),
  difference_at_largest_high: z.number(),
  seeds: z.number().int(),
  items: z.number().int(),
  resamples: z.number().int(),
});
export type CrossoverRow = z.infer<typeof CrossoverRow>;
