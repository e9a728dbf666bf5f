import { InvalidInput } from '../../schemas/invalid-input.js';
import { ggufBytes } from '../checkpoints/gguf-bytes.js';
import { openGguf } from '../checkpoints/gguf-file.js';
import { tf } from '../tensorflow.js';
import type { Addition, Treatment } from '../treatment.js';

// The GGUF control vector of llama.cpp and repeng: one tensor `direction.N` [C] a block, added to the output of block N at
// every token. Blocks count from 0 as they do here, but the loader of llama.cpp takes no direction.0.

const ARCHITECTURE = 'controlvector';

/**
 * A treatment of vectors as a GGUF control vector, coefficients multiplied in; vectors on one block are summed.
 * @param modelHint the architecture it is for (`llama`), which llama.cpp ignores and repeng compares
 * @throws InvalidInput when the treatment does anything but add vectors at all positions of blocks from 1 on
 */
export function controlVectorBytes(
  treatment: Treatment,
  { modelHint }: { modelHint: string },
): Uint8Array<ArrayBuffer> {
  const directions = new Map<number, Float32Array<ArrayBuffer>>();
  for (const { layer, coefficient, vector } of additions(treatment)) {
    // Rounded as the forward pass rounds it, so that reading the file gives the same bits.
    const scale = Math.fround(coefficient);
    const own = Float32Array.from(vector.dataSync<'float32'>(), (value) => scale * value);
    const before = directions.get(layer);
    directions.set(layer, before === undefined ? own : own.map((value, c) => value + (before[c] ?? 0)));
  }
  const tensors = [...directions]
    .sort(([a], [b]) => a - b)
    .map(([layer, values]) => ({ name: `direction.${layer}`, shape: [values.length], values }));
  const metadata = {
    'general.architecture': ARCHITECTURE,
    [`${ARCHITECTURE}.model_hint`]: modelHint,
    [`${ARCHITECTURE}.layer_count`]: tensors.length,
  };
  return ggufBytes(metadata, tensors);
}

/**
 * Reads a GGUF control vector: one addition a direction, of coefficient 1, at all positions. The caller owns the tensors.
 * @throws InvalidInput when the file holds anything but directions of one length
 */
export async function readControlVector(path: string): Promise<Treatment> {
  const file = await openGguf(path);
  const architecture = file.metadata.get('general.architecture');
  if (architecture !== ARCHITECTURE) {
    throw new InvalidInput(
      `${path}: general.architecture is ${JSON.stringify(architecture)}, expected "${ARCHITECTURE}"; this is not a control vector`,
    );
  }
  const names = [...file.shapes.keys()];
  if (names.length === 0)
    throw new InvalidInput(`${path}: there is no tensor, expected direction.1 and so on`);
  const channels = file.shapes.get(names[0] ?? '')?.[0] ?? 0;
  const interventions = names.map((name): Addition => {
    const layer = layerOf(name, path);
    const { shape, values } = file.read(name);
    if (shape.length !== 1 || shape[0] !== channels)
      throw new InvalidInput(`${path}: tensor ${name} has shape [${shape}], expected [${channels}]`);
    return { kind: 'add', layer, coefficient: 1, positions: 'all', vector: tf.tensor1d(values) };
  });
  return { interventions: interventions.sort((a, b) => a.layer - b.layer), weightDeltas: [] };
}

function additions({ prompt = [], interventions, weightDeltas }: Treatment): Addition[] {
  const advice = 'write it as safetensors';
  if (prompt.length > 0 || weightDeltas.length > 0 || interventions.length === 0) {
    const found = `${prompt.length} prompt tokens, ${weightDeltas.length} weight deltas and ${interventions.length} interventions`;
    throw new InvalidInput(
      `the treatment holds ${found}, expected added vectors and nothing else in a control vector; ${advice}`,
    );
  }
  return interventions.map((part) => {
    const { kind, layer, positions } = part;
    if (kind !== 'add' || positions !== 'all') {
      throw new InvalidInput(
        `the treatment has an intervention "${kind}" on layer ${layer} at positions ${JSON.stringify(positions)}; a control vector adds at all positions: ${advice}`,
      );
    }
    if (layer === 0) {
      throw new InvalidInput(
        `the treatment adds a vector to the output of block 0, which llama.cpp cannot load (its directions begin with block 1): ${advice}`,
      );
    }
    return part;
  });
}

function layerOf(name: string, path: string): number {
  const layer = /^direction\.(\d+)$/.exec(name)?.[1];
  if (layer !== undefined) return Number(layer);
  throw new InvalidInput(`${path}: found tensor ${name}, expected names of the form direction.<block>`);
}
