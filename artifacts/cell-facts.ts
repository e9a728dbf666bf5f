import { z } from 'zod';

const Json = z.json();

/** All that a cell’s result depends on; equal facts, equal result. Their `contentKey` is the cell’s key. */
export const CellFacts = z.strictObject({
  kind: z.string().describe('stage kind, e.g. "finetune"'),
  code: z.string().describe('version of the code that computes it'),
  parameters: z.record(z.string(), Json).describe('resolved parameters, e.g. {"rank": 8}'),
  inputs: z.record(z.string(), z.string()).describe('digests of what it reads: model, sample, baseline …'),
  seed: z.number().int(),
  numerics: z
    .record(z.string(), Json)
    .describe('what the last bits of numbers depend on: backend, versions, device'),
});
export type CellFacts = z.infer<typeof CellFacts>;

/** Where a cell stands in a study: what a person calls “the same cell”, whatever its parameters are today. */
export const CellAddress = z.strictObject({
  stage: z.string(),
  model: z.string(),
  task: z.string(),
  n: z.number().int().nonnegative(),
  seed: z.number().int(),
});
export type CellAddress = z.infer<typeof CellAddress>;
