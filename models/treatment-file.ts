import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { type InterventionSpec, TreatmentSpec, type WeightDeltaSpec } from '../schemas/treatment.js';
import { type ByteSource, memoryBytes } from './checkpoints/byte-source.js';
import {
  type NamedTensor,
  openSafetensors,
  type Safetensors,
  safetensorsBytes,
} from './checkpoints/safetensors.js';
import { tf } from './tensorflow.js';
import { type Intervention, type Treatment, treatmentTensors, type WeightDelta } from './treatment.js';

/** The treatment as a safetensors file, its description in the metadata; equal treatments give equal bytes. */
export function treatmentToSafetensors(treatment: Treatment): Uint8Array<ArrayBuffer> {
  const tensors: NamedTensor[] = [];
  const described = (parts: readonly object[], group: string) =>
    parts.map((part, index) => {
      const fields = Object.entries(part).map(([field, value]) => {
        if (!(value instanceof tf.Tensor)) return [field, value];
        const name = `${group}.${index}.${field}`;
        tensors.push({ name, shape: [...value.shape], values: valuesOf(value) });
        return [field, name];
      });
      return Object.fromEntries(fields);
    });
  const spec: TreatmentSpec = {
    prompt: [...(treatment.prompt ?? [])],
    interventions: described(treatment.interventions, 'interventions'),
    weightDeltas: described(treatment.weightDeltas, 'weightDeltas'),
  };
  return safetensorsBytes(tensors, { treatment: JSON.stringify(spec) });
}

/** Bytes of a treatment’s tensors and prompt, without a file around them. */
export function treatmentBytes(treatment: Treatment): number {
  const numbers = treatmentTensors(treatment).reduce((sum, { size }) => sum + size, 0);
  return 4 * (numbers + (treatment.prompt?.length ?? 0));
}

/**
 * The inverse of `treatmentToSafetensors`; the caller owns the tensors.
 * @param place names the bytes in errors
 * @throws when the bytes are not a safetensors file that describes a treatment
 */
export function treatmentFromSafetensors(bytes: Uint8Array, place: string): Treatment {
  return treatmentFrom(memoryBytes(bytes, place));
}

/** As `treatmentFromSafetensors`, a tensor at a time: all weights of a model may be more than one array holds. */
export function treatmentFrom(source: ByteSource): Treatment {
  const { place } = source;
  const file = openSafetensors(source);
  const { prompt, interventions, weightDeltas } = parseSpec(file.metadata.treatment, place);
  const reader = { file, place };
  return {
    ...(prompt.length > 0 && { prompt }),
    interventions: interventions.map((spec) => readIntervention(spec, reader)),
    weightDeltas: weightDeltas.map((spec) => readWeightDelta(spec, reader)),
  };
}

/**
 * The vectors of a stored treatment by the block they act on, [C] each; no tensor library is loaded for them. Low-rank edits
 * and changes of weights have none.
 * @param place names the bytes in errors
 * @throws when the bytes are not a safetensors file that describes a treatment
 */
export function storedVectors(bytes: Uint8Array, place: string): Map<number, Float32Array> {
  const file = openSafetensors(memoryBytes(bytes, place));
  const { interventions } = parseSpec(file.metadata.treatment, place);
  const named = interventions.flatMap((spec) =>
    'vector' in spec ? [[spec.layer, file.read(spec.vector).values] as const] : [],
  );
  return new Map(named);
}

interface Reader {
  file: Safetensors;
  place: string;
}

function readIntervention(spec: InterventionSpec, reader: Reader): Intervention {
  switch (spec.kind) {
    case 'add':
    case 'ablate':
      return { ...spec, vector: readVector(spec.vector, reader) };
    case 'gated-add': {
      const condition = readVector(spec.condition, reader);
      return {
        ...spec,
        vector: readVector(spec.vector, reader),
        condition,
        center: readVector(spec.center, reader),
      };
    }
    case 'loreft':
    case 'direft': {
      const projection = readMatrix(spec.projection, reader);
      return {
        ...spec,
        projection,
        weight: readMatrix(spec.weight, reader),
        bias: readVector(spec.bias, reader),
      };
    }
  }
}

function readWeightDelta(spec: WeightDeltaSpec, reader: Reader): WeightDelta {
  switch (spec.kind) {
    case 'lora':
      return { ...spec, a: readMatrix(spec.a, reader), b: readMatrix(spec.b, reader) };
    case 'bias':
      return { ...spec, bias: readVector(spec.bias, reader) };
    case 'replace': {
      const { shape, values } = reader.file.read(spec.value);
      return { ...spec, value: tf.tensor(values, shape, 'float32') };
    }
  }
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

function readVector(name: string, { file, place }: Reader): Tensor1D {
  const { shape, values } = file.read(name);
  if (shape.length === 1) return tf.tensor1d(values);
  throw new Error(`${place}: tensor ${name} has shape [${shape}], expected one axis`);
}

function readMatrix(name: string, { file, place }: Reader): Tensor2D {
  const { shape, values } = file.read(name);
  const [rows, columns] = shape;
  if (shape.length === 2 && rows !== undefined && columns !== undefined) {
    return tf.tensor2d(values, [rows, columns]);
  }
  throw new Error(`${place}: tensor ${name} has shape [${shape}], expected two axes`);
}

function valuesOf(tensor: Tensor): Float32Array<ArrayBuffer> {
  return Float32Array.from(tensor.dataSync<'float32'>());
}
