import { z } from 'zod';

const layer = z.number().int().nonnegative();
const count = z.number().int().nonnegative();

/** Linear layers of a decoder block that a weight delta may act on. */
export const LinearTarget = z.enum([
  'q_proj',
  'k_proj',
  'v_proj',
  'o_proj',
  'gate_proj',
  'up_proj',
  'down_proj',
]);
export type LinearTarget = z.infer<typeof LinearTarget>;

/**
 * Token positions an intervention acts on: all, those after the prompt (option and generated tokens and the last prompt
 * token), the last prompt token, or the first and last tokens of the prompt (LoReFT, Wu et al. 2024, §3.2).
 */
export const Positions = z.union([
  z.enum(['all', 'after-prompt', 'last']),
  z.strictObject({ first: count, last: count }),
]);
export type Positions = z.infer<typeof Positions>;

const intervention = {
  layer: layer.describe('it changes the output of this block'),
  coefficient: z.number().describe('0 leaves the block’s output as it is'),
  positions: Positions,
};
const tensor = z.string().describe('name of a tensor in the same file');

/** h + c·v */
const Add = z.strictObject({ kind: z.literal('add'), ...intervention, vector: tensor });
/** h − c·(h·v̂)v̂ */
const Ablate = z.strictObject({ kind: z.literal('ablate'), ...intervention, vector: tensor });
/** h + c·v where the text so far looks like the condition: cos(mean direction of h − center, condition) ≥ threshold. */
const GatedAdd = z.strictObject({
  kind: z.literal('gated-add'),
  ...intervention,
  threshold: z.number(),
  vector: tensor,
  condition: tensor,
  center: tensor,
});
/** h + c·Rᵀ(Wh + b − Rh), R the projection. */
const Loreft = z.strictObject({
  kind: z.literal('loreft'),
  ...intervention,
  projection: tensor,
  weight: tensor,
  bias: tensor,
});
/** h + c·Pᵀ(Wh + b), P the projection. */
const Direft = z.strictObject({
  kind: z.literal('direft'),
  ...intervention,
  projection: tensor,
  weight: tensor,
  bias: tensor,
});

/** The description of a treatment; its tensors lie beside it in one safetensors file under the names given here. */
export const InterventionSpec = z.discriminatedUnion('kind', [Add, Ablate, GatedAdd, Loreft, Direft]);
export type InterventionSpec = z.infer<typeof InterventionSpec>;

/** W + scale·b·a */
const Lora = z.strictObject({
  kind: z.literal('lora'),
  layer,
  target: LinearTarget,
  scale: z.number().describe('alpha / rank, or alpha / √rank'),
  a: tensor,
  b: tensor,
});
/** Wx + scale·bias */
const Bias = z.strictObject({
  kind: z.literal('bias'),
  layer,
  target: LinearTarget,
  scale: z.number(),
  bias: tensor,
});
/** The value in place of the weight of that name. */
const Replace = z.strictObject({ kind: z.literal('replace'), name: z.string(), value: tensor });

export const WeightDeltaSpec = z.discriminatedUnion('kind', [Lora, Bias, Replace]);
export type WeightDeltaSpec = z.infer<typeof WeightDeltaSpec>;

export const TreatmentSpec = z.strictObject({
  prompt: z.array(z.number().int().nonnegative()).default([]).describe('token ids put before every prompt'),
  interventions: z.array(InterventionSpec),
  weightDeltas: z.array(WeightDeltaSpec),
});
export type TreatmentSpec = z.infer<typeof TreatmentSpec>;
