import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { EncodedItem } from '../../models/batch.js';
import { linearWeightName } from '../../models/block-names.js';
import { readCheckpoint } from '../../models/checkpoints/read-checkpoint.js';
import { type LanguageModel, languageModel, matrix } from '../../models/language-model.js';
import { tf } from '../../models/tensorflow.js';
import type { Addition, LoraDelta, Treatment, WeightDelta } from '../../models/treatment.js';

/** Small models of every family, with what PyTorch computes from them. */
export const tinyModels = [
  'tiny-llama',
  'tiny-llama-untied',
  'tiny-qwen2',
  'tiny-qwen3',
  'tiny-gemma3',
  'tiny-gpt-neox',
] as const;
export type TinyModel = (typeof tinyModels)[number];

export function fixture(path: string): string {
  return fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url));
}

export async function tinyModel(name: TinyModel = 'tiny-llama'): Promise<LanguageModel> {
  return languageModel(name, await readCheckpoint({ format: 'safetensors', name, folder: fixture(name) }));
}

export interface TinyGolden {
  ids: number[][];
  logits_last: number[][];
  logits_sum_abs: number[];
  hidden_last: number[][][];
  train: {
    labels_from: number;
    loss: number;
    grad_norms: Record<string, number>;
    adamw: { lr: number; weight_decay: number; betas: [number, number]; eps: number; losses: number[] };
  };
}

export function tinyGolden(name: TinyModel): TinyGolden {
  return JSON.parse(readFileSync(fixture(`${name}/golden.json`), 'utf8'));
}

/** Mulberry32: numbers in [0, 1) that depend on the seed alone. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomIds(random: () => number, length: number): number[] {
  return Array.from({ length }, () => Math.floor(random() * 160));
}

/** Items of different lengths over tiny-llama's 160 tokens. */
export function randomItems(count: number, seed = 1): EncodedItem[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, index) => {
    const promptIds = randomIds(random, 1 + Math.floor(random() * 12));
    const optionIds = Array.from({ length: 2 + (index % 3) }, () =>
      randomIds(random, 1 + Math.floor(random() * 4)),
    );
    return { id: `item-${index}`, promptIds, optionIds, label: index % 2 };
  });
}

export function randomVector(size: number, random: () => number): Tensor1D {
  return tf.tensor1d(Float32Array.from({ length: size }, () => random() - 0.5));
}

export function randomMatrix([rows, columns]: [number, number], random: () => number): Tensor2D {
  const values = Float32Array.from({ length: rows * columns }, () => random() - 0.5);
  return tf.tensor2d(values, [rows, columns]);
}

export function randomLora(
  model: LanguageModel,
  { layer, target, rank = 3 }: { layer: number; target: LoraDelta['target']; rank?: number },
  random: () => number,
): LoraDelta {
  const [out, input] = matrix(model, linearWeightName(model, layer, target)).shape;
  const a = randomMatrix([rank, input], random);
  return { kind: 'lora', layer, target, scale: 0.5, a, b: randomMatrix([out, rank], random) };
}

export function steering(intervention: Omit<Addition, 'kind'>): Treatment {
  return { interventions: [{ kind: 'add', ...intervention }], weightDeltas: [] };
}

export function adapting(...weightDeltas: WeightDelta[]): Treatment {
  return { interventions: [], weightDeltas };
}

export function valuesOf(tensor: Tensor): number[] {
  return [...tensor.dataSync<'float32'>()];
}

/** max |a − b| over max |b|. */
export function relativeError(actual: readonly number[], expected: readonly number[]): number {
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs((actual[i] ?? Number.NaN) - value))) / scale;
}
