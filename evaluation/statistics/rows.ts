import { z } from 'zod';
import { MethodKind } from '../../schemas/pipeline.js';
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
  standard_error: z.number().describe('half of what the middle 68.27 % of the bootstrap resamples span'),
  p: z
    .number()
    .nullable()
    .describe('min F′ test over seeds and items; null for the whole curve, and with one seed or one item'),
  p_holm: z
    .number()
    .nullable()
    .describe(
      'p adjusted over this study’s tests of the same measure and family: against the baseline or between methods, of leading stages or of the others',
    ),
  mcnemar_p: z
    .number()
    .nullable()
    .describe('McNemar’s exact test over items, in score at one budget; not adjusted'),
});
export type DifferenceRow = z.infer<typeof DifferenceRow>;

/** What a combination adds to the best of what it is held against: at one budget, or over the whole curve. */
export const CompositionRow = z.strictObject({
  ...Place,
  measure: Measured,
  stage: z.string(),
  parts: z.array(z.string()).length(2).describe('the two stages that are combined'),
  against: z
    .enum(['part', 'parts', 'equal-search'])
    .describe(
      'one part alone, the better of both, or the better of those that search as much as both together',
    ),
  rivals: z.array(z.string()).min(1).describe('the stages it is held against'),
  better: z.string().describe('the rival with the higher mean; the first of equals'),
  n: z.number().int().nullable().describe('training examples; null is the mean over log N'),
  difference: z.number().describe('combined − better rival, the better one chosen anew in every resample'),
  verdict: z
    .enum(['helps', 'no-difference', 'hurts', 'undecided'])
    .describe(
      'no-difference: the interval includes 0 and lies within ±5 points of score or ±0.25 nats of margin',
    ),
  ...Spread,
});
export type CompositionRow = z.infer<typeof CompositionRow>;

/** A method at one budget on the plane of compute and gain, and its place on the Pareto front of that budget. */
export const FrontRow = z.strictObject({
  ...Place,
  measure: Measured,
  n: z.number().int(),
  stage: z.string(),
  method: z.string(),
  flops: z.number().describe('of the method and its search, mean over seeds'),
  gain: z.number().describe('over the untreated model; low and high are its interval'),
  ...Spread,
  on_front: z.boolean().describe('nothing that costs as little or less gains as much'),
  front_share: z.number().describe('share of bootstrap resamples in which it is on the front'),
  previous: z
    .string()
    .nullable()
    .describe('the next cheaper stage of the front, the baseline for the first of it'),
  step: z.number().nullable().describe('gain over `previous`, paired; null off the front'),
  step_low: z.number().nullable(),
  step_high: z.number().nullable(),
});
export type FrontRow = z.infer<typeof FrontRow>;

/** Two methods at matched effectiveness: how much either changes unrelated text where both gain as much. */
export const MatchedRow = z.strictObject({
  ...Place,
  task_type: CellRow.shape.task_type,
  measure: Measured,
  first: z.string(),
  second: z.string(),
  share: z.number().describe('of the smaller of both stages’ largest mean gains'),
  gain: z.number().nullable().describe('matched, over the untreated model; null where a stage gains nothing'),
  first_kl: z
    .number()
    .nullable()
    .describe(
      'KL(base‖treated) per token on unrelated text, nats, on the frontier of gain and KL over all numbers of examples',
    ),
  first_low: z.number().nullable(),
  first_high: z.number().nullable().describe('null where resamples do not reach the gain'),
  first_reaches: z.number().nullable().describe('share of resamples in which it reaches the gain'),
  second_kl: z.number().nullable(),
  second_low: z.number().nullable(),
  second_high: z.number().nullable(),
  second_reaches: z.number().nullable(),
  difference: z.number().nullable().describe('second_kl − first_kl, paired'),
  difference_low: z.number().nullable().describe('null where unbounded'),
  difference_high: z.number().nullable(),
  verdict: z.enum(['first-changes-less', 'second-changes-less', 'undecided']),
  reason: z.string().nullable().describe('why nothing is compared, or no verdict is given'),
  seeds: z.number().int(),
  items: z.number().int(),
});
export type MatchedRow = z.infer<typeof MatchedRow>;

/** A stage that competes to stand for its kind on a task. */
export const LeadRow = z.strictObject({
  ...Place,
  kind: MethodKind,
  stage: z.string(),
  cells: z.number().int().describe('successful ones'),
  validation_score: z.number().nullable().describe('mean over the cells of what their search chose'),
  chosen: z
    .boolean()
    .describe('by cells, then validation score, then order in the pipeline; never by test items'),
});
export type LeadRow = z.infer<typeof LeadRow>;

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

/** How far a vector from n examples still points from the one of the same seed from the largest budget. */
export const ConvergenceRow = z.strictObject({
  ...Place,
  stage: z.string(),
  method: z.string(),
  n: z.number().int(),
  largest_n: z.number().int().describe('N, whose vector the others are held against'),
  layer: z.string().describe('blocks that the vectors of N act on, seed by seed where they differ'),
  distance: z
    .number()
    .nullable()
    .describe('1 − cos(v_n, v_N), mean over seeds; of several blocks their mean'),
  low: z.number().nullable().describe('Student’s over seeds; null with fewer than two'),
  high: z.number().nullable(),
  seeds: z.number().int().describe('compared: both vectors are there, at the same blocks'),
  other_layer: z.number().int().describe('seeds whose search chose other blocks with n than with N'),
  reason: z.string().nullable().describe('why there is no distance'),
  knee: z
    .number()
    .nullable()
    .describe(
      'of the stage: the n farthest below the straight fall over log n (Kneedle), of the mean over seeds',
    ),
  knee_low: z.number().nullable().describe('smallest knee of a single seed'),
  knee_high: z.number().nullable().describe('largest knee of a single seed'),
  exponent: z
    .number()
    .nullable()
    .describe('of the stage: 1 − cos ∝ (1/n − 1/N)^exponent; 1 for a mean of independent contrasts'),
  exponent_low: z.number().nullable().describe('Student’s over seeds; null with fewer than two'),
  exponent_high: z.number().nullable(),
  knee_reason: z.string().nullable().describe('why there is no knee'),
});
export type ConvergenceRow = z.infer<typeof ConvergenceRow>;
