import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { InterventionSpec, WeightDeltaSpec } from '../schemas/treatment.js';
import { tf } from './tensorflow.js';

// C hidden channels; a low-rank edit or LoRA pair of rank r, the latter for a weight [out, in].

// Distributes over K, so that each kind keeps its own fields.
type OfSpec<S, K extends string> = K extends string ? Omit<Extract<S, { kind: K }>, TensorField> : never;
type TensorField = 'vector' | 'condition' | 'center' | 'projection' | 'weight' | 'bias' | 'a' | 'b' | 'value';

/** coefficient · vector is added to the output of a block. */
export type Addition = OfSpec<InterventionSpec, 'add'> & { vector: Tensor1D }; // [C]

/** The share of a block's output along the vector's direction is taken out, `coefficient` of it. */
export type Ablation = OfSpec<InterventionSpec, 'ablate'> & { vector: Tensor1D }; // [C]

/**
 * An addition where the text read so far resembles the condition (after CAST, Lee et al. 2024): the cosine between the
 * condition and the mean direction of the block's outputs so far, less the center, reaches the threshold.
 */
export type GatedAddition = OfSpec<InterventionSpec, 'gated-add'> & {
  vector: Tensor1D; // [C]
  condition: Tensor1D; // [C]
  center: Tensor1D; // [C]
};

/** A low-rank edit of the representation (Wu et al. 2024, eq. 2 and 3). */
export type LowRankEdit = OfSpec<InterventionSpec, 'loreft' | 'direft'> & {
  projection: Tensor2D; // [r, C]
  weight: Tensor2D; // [r, C]
  bias: Tensor1D; // [r]
};

export type Intervention = Addition | Ablation | GatedAddition | LowRankEdit;

/** scale · b·a is added to a weight of a block (Hu et al. 2021, eq. 3). */
export type LoraDelta = OfSpec<WeightDeltaSpec, 'lora'> & {
  a: Tensor2D; // [r, in]
  b: Tensor2D; // [out, r]
};

/** scale · bias is added to what a linear layer puts out. */
export type BiasDelta = OfSpec<WeightDeltaSpec, 'bias'> & { bias: Tensor1D }; // [out]

/** A weight of the model gives way to another of the same shape. */
export type Replacement = OfSpec<WeightDeltaSpec, 'replace'> & { value: Tensor };

export type WeightDelta = LoraDelta | BiasDelta | Replacement;

/** What a method returns: a value, applied as an argument of the forward pass. The base model is never changed. */
export interface Treatment {
  /** Token ids put before every prompt. */
  readonly prompt?: readonly number[];
  readonly interventions: readonly Intervention[];
  readonly weightDeltas: readonly WeightDelta[];
}

export const noTreatment: Treatment = { interventions: [], weightDeltas: [] };

/** The union of treatments: prompts follow one another, deltas and vectors add up; interventions act in this order. */
export function compose(...parts: readonly Treatment[]): Treatment {
  const prompt = parts.flatMap((part) => part.prompt ?? []);
  return {
    ...(prompt.length > 0 && { prompt }),
    interventions: parts.flatMap((part) => part.interventions),
    weightDeltas: parts.flatMap((part) => part.weightDeltas),
  };
}

/**
 * The first block whose computation differs from the base model's, or `layers` when none does. An intervention on the
 * output of block k leaves blocks 0…k alone, so it counts as k + 1. What a prompt changes is part of the batch.
 */
export function firstTouchedLayer(treatment: Treatment, layers: number): number {
  return Math.min(
    layers,
    ...treatment.interventions.map(({ layer }) => layer + 1),
    ...treatment.weightDeltas.map((delta) =>
      delta.kind === 'replace' ? layerOfWeight(delta.name, layers) : delta.layer,
    ),
  );
}

/** The block a weight belongs to: 0 for the embedding, `layers` for what comes after the last block. */
export function layerOfWeight(name: string, layers: number): number {
  const block = /^model\.layers\.(\d+)\./.exec(name)?.[1];
  if (block !== undefined) return Number(block);
  return name === 'model.embed_tokens.weight' ? 0 : layers;
}

/** The tensors of a treatment, each once. */
export function treatmentTensors(treatment: Treatment): Tensor[] {
  const parts: object[] = [...treatment.interventions, ...treatment.weightDeltas];
  return [...new Set(parts.flatMap((part) => Object.values(part).filter(isTensor)))];
}

/** The treatment with every tensor replaced by what `change` makes of it; a shared tensor is changed once. */
export function mapTensors(treatment: Treatment, change: <T extends Tensor>(tensor: T) => T): Treatment {
  const changed = new Map(treatmentTensors(treatment).map((tensor) => [tensor, change(tensor)]));
  const mapped = <P extends object>(part: P): P =>
    mapFields(part, (value) => (isTensor(value) ? changed.get(value) : value));
  return {
    ...treatment,
    interventions: treatment.interventions.map(mapped),
    weightDeltas: treatment.weightDeltas.map(mapped),
  };
}

export function disposeTreatment(treatment: Treatment): void {
  tf.dispose(treatmentTensors(treatment));
}

function isTensor(value: unknown): value is Tensor {
  return value instanceof tf.Tensor;
}

function mapFields<P extends object>(part: P, change: (value: unknown) => unknown): P {
  return Object.assign({}, part, Object.fromEntries(Object.entries(part).map(([k, v]) => [k, change(v)])));
}
