import { z } from 'zod';
import { GeneratedAnswers } from './generated-answers.js';
import { Name } from './names.js';

/** One item of a task; where the answer is generated, its options are the target and what wrong answers were given. `id` is the content hash of prompt, options and label (first 16 hex digits). */
export const Item = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  prompt: z.string().min(1),
  options: z.array(z.string().min(1)).min(1).max(64),
  label: z.number().int().nonnegative(),
});
export type Item = z.infer<typeof Item>;

export const TaskType = z.enum(['capability', 'reasoning', 'agentic']);
export type TaskType = z.infer<typeof TaskType>;

/** How a prompt is put before the model: as it stands, or as a user turn of the model's chat template. */
export const PromptFormat = z.enum(['plain', 'chat']);
export type PromptFormat = z.infer<typeof PromptFormat>;

/**
 * How options are compared: by their summed log-probability, by that over their characters, or less what it is without
 * the prompt.
 */
export const OptionScoring = z.enum(['sum', 'per-character', 'prior']);
export type OptionScoring = z.infer<typeof OptionScoring>;

/** How an answer is judged: which option is found most probable, or what is generated. */
export const Scoring = z.union([OptionScoring, GeneratedAnswers]);
export type Scoring = z.infer<typeof Scoring>;

/**
 * What a right answer is held against where a method reads contrasts, if it is neither the wrong options nor the other
 * actions: wrong answers that the task gives, or what the base model itself wrote and was wrong.
 */
export const GivenContrast = z.enum(['given', 'own sample']);
export type GivenContrast = z.infer<typeof GivenContrast>;

/** What every stage needs to know of a task beside its items. */
export const TaskCard = z.strictObject({
  name: Name,
  type: TaskType,
  format: PromptFormat,
  scoring: Scoring.optional().describe('sum when absent'),
  licence: z.string(),
  description: z.string(),
  contrast: GivenContrast.optional().describe('the wrong options, or actions, when absent'),
  limited: z
    .strictObject({ cut: z.number().int(), dropped: z.number().int() })
    .optional()
    .describe('prompts that were too long and were cut, or left out'),
  facts: z.record(z.string(), z.number()).optional().describe('what makes the task hard, in numbers'),
});
export type TaskCard = z.infer<typeof TaskCard>;

/** A row of the `sample` stage's tables. `position` orders train rows: budget N is the first N of them. */
export const SampleRow = Item.extend({
  split: z.enum(['train', 'validation', 'test']),
  position: z.number().int().nonnegative(),
});
export type SampleRow = z.infer<typeof SampleRow>;
