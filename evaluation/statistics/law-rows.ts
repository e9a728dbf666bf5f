import { z } from 'zod';
import { CellRow, CrossoverRow } from '../../schemas/tables.js';

const Place = { model: z.string(), task: z.string() };
const Curve = { ...Place, task_type: CellRow.shape.task_type, stage: z.string(), method: z.string() };
const interval = (what: string) => ({
  low: z.number().nullable().describe(`${what}; null where unbounded or not estimated`),
  high: z.number().nullable(),
});
const Support = { seeds: z.number().int(), items: z.number().int() };
const Status = {
  status: z.enum(['fitted', 'undecided']),
  reason: z.string().nullable().describe('why it is undecided; null when fitted'),
};

export const LawName = z.enum(['rectified', 'power', 'exponential', 'monotone']);
export type LawName = z.infer<typeof LawName>;

/** One law of a learning curve: mean −log p(right option) among the options, nats, against the number of examples N. */
export const LawRow = z.strictObject({
  ...Curve,
  law: LawName.describe(
    'L = B/(D_l + N^β) + E; L = B·N^(−β) + E; L = B·exp(−N/τ) + E; or falling steps joined over log N',
  ),
  chosen: z
    .boolean()
    .describe('by AICc and the error at the held-out largest N; rectified where it is not beaten in both'),
  ...Status,
  scale: z.number().nullable().describe('B'),
  prelearned: z.number().nullable().describe('D_l of the rectified law, examples^β'),
  exponent: z.number().nullable().describe('β'),
  exponent_low: z.number().nullable().describe('over resamples, of the chosen law'),
  exponent_high: z.number().nullable(),
  decay: z.number().nullable().describe('τ of the exponential law, examples'),
  floor: z.number().nullable().describe('E, nats; 0 where the fit has none'),
  floor_low: z.number().nullable().describe('over resamples, of the chosen law'),
  floor_high: z.number().nullable(),
  rmsd: z.number().nullable().describe('root mean square residual of log L over budgets'),
  aicc: z.number().nullable().describe('over cells; null where there are too few for it'),
  held_out_n: z.number().int().nullable().describe('the largest budget, which the law is refitted without'),
  held_out_error: z.number().nullable().describe('predicted − observed log L there'),
  converged: z.boolean(),
  agreeing: z
    .number()
    .int()
    .describe('of the searches followed to their end, those that found the same optimum'),
  budgets: z.number().int(),
  cells: z.number().int(),
  ...Support,
  resamples: z.number().int().describe('refits behind the intervals; 0 where there are none'),
});
export type LawRow = z.infer<typeof LawRow>;

/** A learning curve in loss: what was observed at a budget, and what the chosen law says of any number of examples. */
export const LawCurveRow = z.strictObject({
  ...Place,
  stage: z.string(),
  method: z.string(),
  law: LawName,
  n: z.number().describe('examples; not whole where no budget was observed'),
  fitted: z.number().nullable().describe('nats, of the chosen law'),
  fitted_low: z.number().nullable(),
  fitted_high: z.number().nullable(),
  observed: z.number().nullable().describe('mean over seeds and items, nats; null between budgets'),
  observed_low: z.number().nullable(),
  observed_high: z.number().nullable(),
  residual: z.number().nullable().describe('log observed − log fitted'),
});
export type LawCurveRow = z.infer<typeof LawCurveRow>;

/** Where two fitted learning curves cross in loss, beside the interpolating estimate from the same resamples. */
export const LawCrossoverRow = z.strictObject({
  ...Place,
  task_type: CellRow.shape.task_type,
  first: z.string(),
  second: z.string(),
  law_first: LawName,
  law_second: LawName,
  verdict: CrossoverRow.shape.verdict,
  n_star: z.number().nullable(),
  ...interval('bounds of N*'),
  probability_in_range: z.number().describe('share of refitted resamples that cross within the budgets'),
  direction: CrossoverRow.shape.direction,
  censoring: CrossoverRow.shape.censoring,
  crossings: z.number().int().describe('how often the fitted curves cross within the budgets'),
  interpolated_verdict: CrossoverRow.shape.verdict,
  interpolated_n_star: z.number().nullable(),
  interpolated_low: z.number().nullable(),
  interpolated_high: z.number().nullable(),
  interpolated_probability: z.number(),
  agreement: z
    .enum(['agree', 'differ', 'open'])
    .describe(
      'of both estimators: one verdict, and either N* in the other’s interval; open when one is undecided',
    ),
  smallest_n: z.number().int(),
  largest_n: z.number().int(),
  ...Support,
  resamples: z.number().int(),
});
export type LawCrossoverRow = z.infer<typeof LawCrossoverRow>;

/** How many examples a method needs to close a share of the way from the untreated model to the best mean of the task. */
export const TargetRow = z.strictObject({
  ...Place,
  stage: z.string(),
  method: z.string(),
  measure: z.enum(['score', 'margin']),
  share: z.number().describe('of the way from the untreated model to the best stage’s mean at any budget'),
  target: z.number().describe('in the unit of the measure'),
  n: z
    .number()
    .nullable()
    .describe('examples, log-linear between budgets; null when not reached within them'),
  ...interval('bounds of n'),
  censoring: CrossoverRow.shape.censoring,
  probability_reached: z.number().describe('share of resamples that reach it within the budgets'),
  ...Support,
});
export type TargetRow = z.infer<typeof TargetRow>;

/** Effective data (Hernandez et al. 2021): the examples with which the reference method has the same loss. */
export const TransferRow = z.strictObject({
  ...Place,
  stage: z.string(),
  method: z.string(),
  reference: z.string().describe('the fine-tuning stage that stands for its kind'),
  n: z.number().int(),
  ...Status,
  effective_n: z.number().nullable().describe('examples; null beyond the reference’s budgets'),
  ...interval('bounds of effective_n'),
  censoring: CrossoverRow.shape.censoring.describe(
    'left: fewer than the smallest budget; right: more than the largest',
  ),
  multiplier: z.number().nullable().describe('effective_n ÷ n'),
  ...Support,
});
export type TransferRow = z.infer<typeof TransferRow>;

export const Capability = z.enum(['parameters', 'tokens', 'zero-shot']);
export type Capability = z.infer<typeof Capability>;

/** A joint law of loss in capability X and examples N, per task and stage, over the models of a study. */
export const ScalingRow = z.strictObject({
  task: z.string(),
  task_type: CellRow.shape.task_type,
  stage: z.string(),
  method: z.string(),
  capability: Capability.describe('X: parameters; tokens of pre-training; or 1 ÷ zero-shot loss'),
  form: z
    .enum(['multiplicative', 'additive'])
    .describe('L = A·X^(−α)·N^(−β) + E (Zhang et al. 2024, equation 1); L = A·X^(−α) + B·N^(−β) + E'),
  sharing: z.enum(['separate', 'shared']).describe('shared: one β and E for all stages of the task'),
  chosen: z.boolean().describe('lowest AICc of the fitted ones'),
  ...Status,
  scale: z.number().nullable().describe('A'),
  data_scale: z.number().nullable().describe('B of the additive form'),
  alpha: z.number().nullable(),
  alpha_low: z
    .number()
    .nullable()
    .describe('over resamples, of the chosen law; null where a cell has one seed'),
  alpha_high: z.number().nullable(),
  beta: z.number().nullable(),
  beta_low: z.number().nullable(),
  beta_high: z.number().nullable(),
  floor: z.number().nullable(),
  rmsd: z.number().nullable().describe('of log L'),
  aicc: z.number().nullable(),
  held_out_model: z.string().nullable().describe('the most capable model, which the law is refitted without'),
  held_out_error: z.number().nullable().describe('root mean square of predicted − observed log L there'),
  models: z.number().int(),
  points: z.number().int().describe('models × budgets'),
  resamples: z.number().int(),
});
export type ScalingRow = z.infer<typeof ScalingRow>;

/** What the scaling laws are fitted to: a point a model, task, stage and budget. */
export const ScalingPointRow = z.strictObject({
  ...Place,
  stage: z.string(),
  method: z.string(),
  capability: Capability,
  x: z.number(),
  n: z.number().int(),
  observed: z.number().describe('mean loss, nats'),
  fitted: z.number().nullable().describe('of the chosen law; null where none is fitted'),
  residual: z.number().nullable().describe('log observed − log fitted'),
});
export type ScalingPointRow = z.infer<typeof ScalingPointRow>;

/** log N* = c + γ log X over the models of a study. */
export const CrossoverTrendRow = z.strictObject({
  task: z.string(),
  task_type: CellRow.shape.task_type,
  first: z.string(),
  second: z.string(),
  capability: Capability,
  source: z.enum(['interpolated-score', 'interpolated-margin', 'law']).describe('which estimates of N*'),
  ...Status,
  intercept: z.number().nullable().describe('c'),
  gamma: z.number().nullable(),
  gamma_low: z.number().nullable(),
  gamma_high: z.number().nullable(),
  probability_positive: z
    .number()
    .nullable()
    .describe('of γ > 0, stronger models switch later, by Student’s t'),
  held_out_model: z.string().nullable(),
  held_out_error: z.number().nullable().describe('predicted − observed log N* of the most capable model'),
  models: z.number().int().describe('with N* and its interval within the budgets'),
});
export type CrossoverTrendRow = z.infer<typeof CrossoverTrendRow>;

/** What damage goes with what gain, over the cells of a stage (all budgets and seeds of a model and task). */
export const SelectivityLawRow = z.strictObject({
  ...Place,
  stage: z.string(),
  method: z.string(),
  relation: z
    .enum(['kl-gain', 'forgetting-loss'])
    .describe(
      'KL on unrelated text, against the gain in margin and against the fall of the loss: Kalajdzievski’s forgetting is that KL and a constant',
    ),
  ...Status,
  intercept: z.number().nullable(),
  slope: z.number().nullable(),
  slope_low: z.number().nullable().describe('leaving out seed by seed'),
  slope_high: z.number().nullable(),
  r_squared: z.number().nullable(),
  curvature: z
    .number()
    .nullable()
    .describe('AICc of the line − AICc of the parabola: above 2 speaks against a line'),
  seeds: z.number().int(),
  cells: z.number().int(),
});
export type SelectivityLawRow = z.infer<typeof SelectivityLawRow>;
