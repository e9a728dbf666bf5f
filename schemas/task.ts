import { z } from 'zod';
import { PromptFormat, TaskType } from './item.js';
import { Name } from './names.js';

const paths = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
const positiveInt = z.number().int().positive();

/** Rows from files beside the task file: a given split, or one pool that is split by group. */
export const RowsSource = z
  .strictObject({
    from: z.literal('rows'),
    format: z.enum(['jsonl', 'csv', 'parquet']).optional().describe('told by the file’s ending when absent'),
    train: paths.optional(),
    test: paths.optional(),
    pool: paths.optional().describe('instead of train and test'),
  })
  .refine(
    ({ train, test, pool }) =>
      pool === undefined
        ? train !== undefined && test !== undefined
        : train === undefined && test === undefined,
    {
      message: 'expected either "train" and "test", or "pool" alone',
    },
  );

export const GeneratedSource = z.strictObject({
  from: z.literal('generated'),
  family: z.enum([
    ...(['word-problems', 'swaps', 'boxes', 'boxes-reversed'] as const),
    ...(['tallest', 'shortest', 'counting', 'counting-back'] as const),
  ]),
  items: positiveInt.max(100_000),
  seed: z.number().int().nonnegative(),
});

export const CountriesSource = z.strictObject({
  from: z.literal('world-countries'),
  fact: z
    .enum(['capital', 'currency'])
    .describe('countries with exactly one of it become rows {country, region, answer}'),
});

export const FunctionCallsSource = z.strictObject({
  from: z.literal('bfcl-eval'),
  version: Name.describe('version of the PyPI package'),
  categories: z
    .array(z.string().regex(/^[a-z0-9_]+$/i))
    .min(1)
    .describe('files BFCL_v4_<category>.json'),
  candidates: positiveInt
    .min(2)
    .describe('functions shown and scored, the right one included; calls with fewer are left out'),
  description_words: positiveInt.describe('words kept of a function’s first sentence'),
  request_words: positiveInt.describe('longer requests are left out'),
});

/** A world of attributes, and the tasks in it: see evaluation/tasks/attributes.ts. */
export const AttributesSource = z.strictObject({
  from: z.literal('attributes'),
  values: z
    .array(positiveInt.min(2).max(16))
    .min(2)
    .max(64)
    .describe('how many values each attribute can take'),
  dropped: z.number().min(0).lt(1).default(0).describe('share of attributes that a prompt does not tell'),
  flipped: z.number().min(0).lt(1).default(0).describe('share of attributes that a prompt tells wrongly'),
  tasks: z
    .record(Name, z.record(z.string().regex(/^a\d+$/), z.number().int().nonnegative()))
    .describe('task → steered attributes, each with the value that is always to be answered'),
  items: positiveInt.max(100_000).describe('training items of each task'),
  test_items: positiveInt.max(100_000),
  seed: z.number().int().nonnegative(),
});

export const TaskSource = z.discriminatedUnion('from', [
  RowsSource,
  GeneratedSource,
  CountriesSource,
  FunctionCallsSource,
  AttributesSource,
]);

/** A text with placeholders `{field}` or `{field.inner}`, filled from a row; `{{` and `}}` are braces. */
const Text = z.string().min(1);

/**
 * How a row becomes an item. Either `options` with `label` (0-based index, or a letter: A is the first) or `answer` (text
 * of the right option, one of them), or `answer` with `distractors`, which are answers of other rows.
 */
export const TaskTemplate = z
  .strictObject({
    prompt: Text.default('{prompt}'),
    options: z
      .union([Text, z.array(Text).min(2)])
      .optional()
      .describe('a placeholder of a list, or one text an option'),
    label: Text.optional(),
    answer: Text.optional(),
    distractors: z
      .strictObject({
        count: positiveInt.max(63),
        same: Text.optional().describe('answers of rows where this text is the same'),
      })
      .optional(),
    group: Text.optional().describe(
      'items of one group never lie in different splits; the prompt when absent',
    ),
  })
  .refine(({ label, answer }) => (label === undefined) !== (answer === undefined), {
    message: 'expected either "label" or "answer"',
  })
  .refine(({ options, distractors }) => (options === undefined) !== (distractors === undefined), {
    message: 'expected either "options" or "distractors"',
  })
  .refine(({ distractors, group }) => distractors === undefined || group === undefined, {
    message: 'with "distractors" the rows that share options are the group; remove "group"',
  })
  .refine(({ answer, distractors }) => distractors === undefined || answer !== undefined, {
    message: '"distractors" are drawn around an "answer", not a "label"',
  });

/** A task file: data/tasks/<name>.yaml, or one of the user’s own anywhere. */
export const TaskFile = z.strictObject({
  name: Name,
  type: TaskType,
  format: PromptFormat.default('plain'),
  licence: z.string().min(1).default('not stated'),
  description: z.string().default(''),
  source: TaskSource,
  template: TaskTemplate.default({ prompt: '{prompt}', options: '{options}', label: '{label}' }),
  per_answer: positiveInt.optional().describe('items kept with the same right option text'),
  test_share: z.number().gt(0).lt(1).default(0.3).describe('share of a pool that becomes test items'),
});

export type AttributesSource = z.infer<typeof AttributesSource>;
export type CountriesSource = z.infer<typeof CountriesSource>;
export type RowsSource = z.infer<typeof RowsSource>;
export type GeneratedSource = z.infer<typeof GeneratedSource>;
export type FunctionCallsSource = z.infer<typeof FunctionCallsSource>;
export type TaskSource = z.infer<typeof TaskSource>;
export type TaskTemplate = z.infer<typeof TaskTemplate>;
export type TaskFile = z.infer<typeof TaskFile>;
