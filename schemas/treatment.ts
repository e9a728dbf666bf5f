import { z } from 'zod';
import { LoraTarget } from './pipeline.js';

/** Token positions an intervention acts on: all, those after the prompt (option and generated tokens and the last prompt token), or the last prompt token. */
export const Positions = z.enum(['all', 'after-prompt', 'last']);
export type Positions = z.infer<typeof Positions>;

/** The description of a treatment; its tensors lie beside it in one safetensors file under the names given here. */
export const InterventionSpec = z.strictObject({
  kind: z.literal('add'),
  layer: z.number().int().nonnegative().describe('the vector is added to the output of this block'),
  coefficient: z.number(),
  positions: Positions,
  vector: z.string().describe('tensor name; shape [hidden]'),
});
export type InterventionSpec = z.infer<typeof InterventionSpec>;

export const WeightDeltaSpec = z.strictObject({
  kind: z.literal('lora'),
  layer: z.number().int().nonnegative(),
  target: LoraTarget,
  scale: z.number().describe('alpha / rank'),
  a: z.string().describe('tensor name; shape [rank, in]'),
  b: z.string().describe('tensor name; shape [out, rank]'),
});
export type WeightDeltaSpec = z.infer<typeof WeightDeltaSpec>;

export const TreatmentSpec = z.strictObject({
  interventions: z.array(InterventionSpec),
  weightDeltas: z.array(WeightDeltaSpec),
});
export type TreatmentSpec = z.infer<typeof TreatmentSpec>;
