import { z } from 'zod';
import { Pattern } from './pattern.js';

/** A task is scored by what a model writes after the prompt: how it writes, and how its text is compared with the target. */
export const GeneratedAnswers = z.strictObject({
  generate: z
    .enum(['numeric', 'exact', 'tool-call'])
    .describe(
      'equal as numbers; equal as texts; or a JSON call {"name", "arguments"} with the same function and arguments',
    ),
  max_tokens: z.number().int().positive().max(4096).describe('most tokens of an answer'),
  stop: z.array(z.string().min(1)).max(8).default([]).describe('an answer ends before any of these'),
  pattern: Pattern.optional().describe(
    'what is compared is the group of its match, in text and target alike; when absent a number is looked for, or the whole text is taken',
  ),
  take: z.enum(['first', 'last']).default('last').describe('of several matches, numbers or calls'),
  ignore_case: z.boolean().default(false),
  sampled: z
    .strictObject({
      temperature: z.number().positive().max(10),
      seed: z.number().int().nonnegative(),
    })
    .optional()
    .describe('one draw for every item; the most probable token each time when absent'),
});
export type GeneratedAnswers = z.infer<typeof GeneratedAnswers>;
