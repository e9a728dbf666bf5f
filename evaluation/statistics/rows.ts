import { z } from 'zod';
import { CellRow } from '../../schemas/tables.js';

const Place = { model: z.string(), task: z.string() };
const Measured = z.enum(['score', 'margin']);
const Spread = {
  low: z.number(),
  high: z.number(),
  seeds: z.number().int(),
  items: z.number().int(),
};

/** The paired difference of two stages on the same items: at one budget, or over the whole curve. */
export const DifferenceRow = z.strictObject({
  ...Place,
  task_type: CellRow.shape.task_type,
  measure: Measured,
  first: z.string().describe('a stage; the baseline stage stands for the untreated model'),
  second: z.string(),
  n: z
    .number()
    .int()
    .nullable()
    .describe('training examples; null is the mean over log N of all common budgets'),
  difference: z.number().describe('second − first, paired by item and seed'),
  ...Spread,
  standard_error: z.number().describe('standard deviation over the bootstrap resamples'),
  p: z
    .number()
    .nullable()
    .describe('sign-flip test over items, averaged over seeds; null for the whole curve'),
  p_holm: z
    .number()
    .nullable()
    .describe(
      'p adjusted over this study’s tests of the same measure and kind: against the baseline, or between methods',
    ),
});
export type DifferenceRow = z.infer<typeof DifferenceRow>;

/** What a combination adds at one budget: combined − the better of its two parts. */
export const CompositionRow = z.strictObject({
  ...Place,
  measure: Measured,
  stage: z.string(),
  parts: z.array(z.string()).length(2).describe('the two stages that are combined'),
  better_part: z.string().describe('the part with the higher mean; the first of equals'),
  n: z.number().int(),
  difference: z.number().describe('combined − better part, the better part chosen anew in every resample'),
  ...Spread,
});
export type CompositionRow = z.infer<typeof CompositionRow>;

/** Data efficiency of one stage: the mean of its learning curve over log N. */
export const EfficiencyRow = z.strictObject({
  ...Place,
  stage: z.string(),
  method: z.string(),
  measure: Measured,
  value: z.number(),
  ...Spread,
  smallest_n: z.number().int(),
  largest_n: z.number().int(),
});
export type EfficiencyRow = z.infer<typeof EfficiencyRow>;
