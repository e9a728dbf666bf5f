import { z } from 'zod';
import { Name } from './names.js';

const registered = {
  claim: z.string().min(1).describe('what is claimed, in words'),
  source: z.string().min(1).describe('where it is claimed'),
  standing: z
    .enum(['replication', 'extension'])
    .describe('a claim of the source, or a question of ours on the same data'),
};
const stage = Name.describe('a stage of the pipeline');
/** A bound on a score or on a difference of scores, as a share of 1. */
const bound = z.number().gt(0).lt(1);

export const AheadWithFew = z.strictObject({
  rule: z.literal('ahead-with-few'),
  ...registered,
  better: stage,
  than: stage,
  negligible: bound.describe('an advantage below this counts as none'),
});

export const FallsWithComplexity = z.strictObject({
  rule: z.literal('falls-with-complexity'),
  ...registered,
  stage,
  flat_within: bound.describe('a change along an axis below this counts as none'),
});

export const RecoversWithData = z.strictObject({
  rule: z.literal('recovers-with-data'),
  ...registered,
  stage,
  flat_within: bound.describe('a change along an axis below this counts as none'),
});

export const Crosses = z.strictObject({
  rule: z.literal('crosses'),
  ...registered,
  first: stage.describe('the better one with few examples'),
  second: stage.describe('the better one with many'),
  shifts: z
    .strictObject({ still_within: z.number().positive().describe('doublings of N* that count as no shift') })
    .optional()
    .describe('whether N* must also move with complexity'),
});

export const SparesOthers = z.strictObject({
  rule: z.literal('spares-others'),
  ...registered,
  better: stage,
  than: stage,
  negligible: bound.describe('an advantage below this counts as none'),
});

export const Claim = z.discriminatedUnion('rule', [
  AheadWithFew,
  FallsWithComplexity,
  RecoversWithData,
  Crosses,
  SparesOthers,
]);
export type Claim = z.infer<typeof Claim>;
export type ClaimOf<R extends Claim['rule']> = Extract<Claim, { rule: R }>;

const testName = z.string().regex(/\{task\}/, 'expected a name with the placeholder {task}');

/** A pre-registration: claims, and the rules that will judge them, written before any result of the study is looked at. */
export const ClaimSet = z.strictObject({
  name: Name,
  title: z.string().min(1),
  written: z.string().min(1).default('before the run').describe('when, as the end of a sentence'),
  ours: z.string().min(1).describe('which details the source leaves open and we chose'),
  axes: z
    .record(Name, z.string().min(1))
    .refine((axes) => Object.keys(axes).length > 0, { message: 'expected at least one axis' })
    .describe('complexity axes, named as in the facts of the tasks, with a label each'),
  effectiveness: testName.describe('rows of the steered labels'),
  selectivity: testName.describe('rows of the labels that should stay'),
  few: z.number().int().positive().describe('budgets up to this many examples are little data'),
  at_least: z.strictObject({
    seeds: z.number().int().min(2),
    levels: z.number().int().min(2).describe('levels of complexity on an axis'),
  }),
  claims: z.record(z.string().regex(/^[A-Za-z0-9][\w.-]{0,31}$/), Claim),
});
export type ClaimSet = z.infer<typeof ClaimSet>;

export const ClaimVerdict = z.enum(['replicated', 'not-replicated', 'undecided']);
export type ClaimVerdict = z.infer<typeof ClaimVerdict>;

/** The verdict on one registered claim. */
export const ClaimRow = z.strictObject({
  claim: z.string(),
  standing: registered.standing,
  rule: z.string(),
  statement: z.string(),
  source: z.string(),
  verdict: ClaimVerdict,
  shortfall: z.string().nullable().describe('why the study is too small for any verdict'),
  cells: z.number().int().describe('cells of complexity with results'),
  seeds: z.number().int().describe('in the cell that has the fewest'),
  items: z.number().int().describe('test items in the cell that has the fewest'),
});
export type ClaimRow = z.infer<typeof ClaimRow>;

/** One estimate that a claim is judged by: of one cell of complexity, along one axis, or over all cells. */
export const EvidenceRow = z.strictObject({
  claim: z.string(),
  part: z.enum(['all', 'axis', 'cell']),
  quantity: z
    .enum(['difference', 'rank-correlation', 'change', 'crossover', 'shift-correlation', 'shift'])
    .describe('in score; −1…1; in score; in examples; −1…1; in doublings of N*'),
  axis: z.string().nullable(),
  model: z.string().nullable(),
  task: z.string().nullable(),
  levels: z.record(z.string(), z.number()).describe('complexity of the cell'),
  first: z.string(),
  second: z.string().nullable().describe('differences are first − second'),
  smallest_n: z.number().int(),
  largest_n: z.number().int(),
  value: z.number().nullable(),
  low: z.number().nullable().describe('null where unbounded: beyond the budgets, for a crossover'),
  high: z.number().nullable(),
  censoring: z.enum(['none', 'left', 'right', 'both']),
  confidence: z.number(),
  probability: z.number().nullable().describe('share of resamples that cross in range'),
  p: z.number().nullable().describe('one-sided sign test over cells'),
  bound: z.number().nullable().describe('the registered size that counts as none'),
  finding: z.enum(['for', 'against', 'open']),
  cells_ahead: z
    .number()
    .int()
    .nullable()
    .describe('cells whose difference is above 0, whatever its interval'),
  cells: z.number().int(),
  seeds: z.number().int(),
  items: z.number().int(),
});
export type EvidenceRow = z.infer<typeof EvidenceRow>;
