import { z } from 'zod';
import { Name } from './names.js';

/** One multiple-choice item of a task. `id` is the content hash of prompt, options and label (first 16 hex digits). */
export const Item = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  prompt: z.string().min(1),
  options: z.array(z.string().min(1)).min(2).max(64),
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
export const Scoring = z.enum(['sum', 'per-character', 'prior']);
export type Scoring = z.infer<typeof Scoring>;

/** What every stage needs to know of a task beside its items. */
export const TaskCard = z.strictObject({
  name: Name,
  type: TaskType,
  format: PromptFormat,
  scoring: Scoring.optional().describe('sum when absent'),
  licence: z.string(),
  description: z.string(),
  facts: z.record(z.string(), z.number()).optional().describe('what makes the task hard, in numbers'),
});
export type TaskCard = z.infer<typeof TaskCard>;

/** A row of the `sample` stage's tables. `position` orders train rows: budget N is the first N of them. */
export const SampleRow = Item.extend({
  split: z.enum(['train', 'validation', 'test']),
  position: z.number().int().nonnegative(),
});
export type SampleRow = z.infer<typeof SampleRow>;
