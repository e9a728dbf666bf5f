import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { LoraTarget } from '../schemas/pipeline.js';
import { type Positions, TreatmentSpec } from '../schemas/treatment.js';
import { memoryBytes } from './checkpoints/byte-source.js';
import {
  type NamedTensor,
  openSafetensors,
  type Safetensors,
  safetensorsBytes,
} from './checkpoints/safetensors.js';
import { tf } from './tensorflow.js';

// C hidden channels; a LoRA pair of rank r for a weight [out, in].

/** coefficient · vector is added to the output of block `layer`. */
export interface Intervention {
  kind: 'add';
  layer: number;
  coefficient: number;
  positions: Positions;
  vector: Tensor1D; // [C]
}

/** scale · b·a is added to a weight of block `layer`. */
export interface WeightDelta {
  kind: 'lora';
  layer: number;
  target: LoraTarget;
  scale: number;
  a: Tensor2D; // [r, in]
  b: Tensor2D; // [out, r]
}

/** What a method returns: a value, applied as an argument of the forward pass. The base model is never changed. */
export interface Treatment {
  readonly interventions: readonly Intervention[];
  readonly weightDeltas: readonly WeightDelta[];
}

export const noTreatment: Treatment = { interventions: [], weightDeltas: [] };

/** The union of treatments: their deltas add up, and so do their vectors. */
export function compose(...parts: readonly Treatment[]): Treatment {
  return {
    interventions: parts.flatMap((part) => part.interventions),
    weightDeltas: parts.flatMap((part) => part.weightDeltas),
  };
}

/**
 * The first block whose computation differs from the base model's, or `layers` when none does. A vector added to the
 * output of block k leaves blocks 0…k alone, so it counts as k + 1.
 */
export function firstTouchedLayer(treatment: Treatment, layers: number): number {
  return Math.min(
    layers,
    ...treatment.interventions.map(({ layer }) => layer + 1),
    ...treatment.weightDeltas.map(({ layer }) => layer),
  );
}

/** The tensors of a treatment, each once. */
export function treatmentTensors(treatment: Treatment): (Tensor1D | Tensor2D)[] {
  const vectors = treatment.interventions.map(({ vector }) => vector);
  const factors = treatment.weightDeltas.flatMap(({ a, b }) => [a, b]);
  return [...new Set([...vectors, ...factors])];
}

export function disposeTreatment(treatment: Treatment): void {
  tf.dispose(treatmentTensors(treatment));
}

/** The treatment as a safetensors file, its description in the metadata; equal treatments give equal bytes. */
export function treatmentToSafetensors(treatment: Treatment): Uint8Array<ArrayBuffer> {
  const tensors: NamedTensor[] = [];
  const stored = (name: string, tensor: Tensor1D | Tensor2D): string => {
    tensors.push({ name, shape: [...tensor.shape], values: Float32Array.from(tensor.dataSync<'float32'>()) });
    return name;
  };
  const spec: TreatmentSpec = {
    interventions: treatment.interventions.map(({ kind, layer, coefficient, positions, vector }, i) => {
      return { kind, layer, coefficient, positions, vector: stored(`interventions.${i}.vector`, vector) };
    }),
    weightDeltas: treatment.weightDeltas.map(({ kind, layer, target, scale, a, b }, i) => {
      const names = { a: stored(`weightDeltas.${i}.a`, a), b: stored(`weightDeltas.${i}.b`, b) };
      return { kind, layer, target, scale, ...names };
    }),
  };
  return safetensorsBytes(tensors, { treatment: JSON.stringify(spec) });
}

/**
 * The inverse of `treatmentToSafetensors`; the caller owns the tensors.
 * @param place names the bytes in errors
 * @throws when the bytes are not a safetensors file that describes a treatment
 */
export function treatmentFromSafetensors(bytes: Uint8Array, place: string): Treatment {
  const file = openSafetensors(memoryBytes(bytes, place));
  const spec = parseSpec(file.metadata.treatment, place);
  return {
    interventions: spec.interventions.map((part) => ({
      ...part,
      vector: readVector(file, part.vector, place),
    })),
    weightDeltas: spec.weightDeltas.map((part) => ({
      ...part,
      a: readMatrix(file, part.a, place),
      b: readMatrix(file, part.b, place),
    })),
  };
}

function parseSpec(text: string | undefined, place: string): TreatmentSpec {
  if (text === undefined) {
    throw new Error(`${place}: its metadata has no "treatment", expected the description of one`);
  }
  try {
    return TreatmentSpec.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${place}: the metadata "treatment" does not describe a treatment`, { cause });
  }
}

function readVector(file: Safetensors, name: string, place: string): Tensor1D {
  const { shape, values } = file.read(name);
  if (shape.length === 1) return tf.tensor1d(values);
  throw new Error(`${place}: tensor ${name} has shape [${shape}], expected one axis`);
}

function readMatrix(file: Safetensors, name: string, place: string): Tensor2D {
  const { shape, values } = file.read(name);
  const [rows, columns] = shape;
  if (shape.length === 2 && rows !== undefined && columns !== undefined) {
    return tf.tensor2d(values, [rows, columns]);
  }
  throw new Error(`${place}: tensor ${name} has shape [${shape}], expected two axes`);
}
