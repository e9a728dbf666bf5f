import { isDeepStrictEqual } from 'node:util';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Positions } from '../../schemas/treatment.js';
import type { TokenBatch } from '../batch.js';
import type { NearAttention, Rope, TransformerConfig } from '../config.js';
import { ContextOverflow } from '../context-overflow.js';
import { tf } from '../tensorflow.js';
import { type RotaryTable, rotaryFrequencies, rotaryTable } from './rotary.js';

// B rows, T width, N = B·T positions, S key positions.

/** Which keys every query sees, and how both are turned. */
export interface Sight {
  mask: Tensor4D; // [B, 1, T, S]
  /** With attention's scale. */
  queryRotation: RotaryTable;
  keyRotation: RotaryTable;
}

/** What all blocks need to know of a batch, built once. */
export interface BatchTensors extends Sight {
  rows: number;
  width: number;
  ids: Tensor1D; // [N], int32
  /** Of the blocks that see the nearest tokens only, where a model has them. */
  near?: Sight;
  tokens: TokenBatch;
}

/** Positions of a key/value cache that precede a batch. */
export interface PastPositions {
  pastLength?: number;
  /** 1 where a row sees a preceding position, 0 where that is padding, [B · pastLength]; all are seen by default. */
  pastSeen?: Uint8Array | undefined;
}

/**
 * @throws ContextOverflow when a position lies outside the model's context, Error when a token id does outside its vocabulary
 */
export function batchTensors(
  batch: TokenBatch,
  config: TransformerConfig,
  past: PastPositions = {},
): BatchTensors {
  const { contextLength, vocabulary } = config;
  const place = outside(batch.positions, contextLength);
  if (place !== undefined)
    throw new ContextOverflow(
      `position ${place} is outside the context length of the model, expected 0 to ${contextLength - 1}`,
    );
  const id = outside(batch.ids, vocabulary);
  if (id !== undefined)
    throw new Error(`token id ${id} is outside the vocabulary of the model, expected 0 to ${vocabulary - 1}`);
  const { rows, width } = batch;
  const { near } = config;
  const mask = maskTensor(batch, { ...past, window: Number.POSITIVE_INFINITY });
  const scale = config.attentionScale ?? 1 / Math.sqrt(config.headDim);
  const turns = (rope: Rope) => {
    const frequencies = rotaryFrequencies(rope, config.headDim);
    return {
      queryRotation: rotaryTable(batch.positions, frequencies, { scale }),
      keyRotation: rotaryTable(batch.positions, frequencies, { scale: 1 }),
    };
  };
  const sight = { mask, ...turns(config.rope) };
  return {
    rows,
    width,
    ids: tf.tensor1d(batch.ids, 'int32'),
    ...sight,
    ...(near && { near: nearSight(near, sight, { config, batch, past, turns }) }),
    tokens: batch,
  };
}

/** What near blocks share with the others is not made twice: the mask of a text that fits into the window, and an equal rotation. */
function nearSight(
  { window, rope }: NearAttention,
  sight: Sight,
  {
    config,
    batch,
    past,
    turns,
  }: {
    config: TransformerConfig;
    batch: TokenBatch;
    past: PastPositions;
    turns: (rope: Rope) => Omit<Sight, 'mask'>;
  },
): Sight {
  const fits = batch.positions.every((position) => position < window);
  const mask = fits ? sight.mask : maskTensor(batch, { ...past, window });
  return isDeepStrictEqual(rope, config.rope) ? { ...sight, mask } : { mask, ...turns(rope) };
}

interface Reach extends PastPositions {
  /** Tokens that a query sees, itself included. */
  window: number;
}

function maskTensor(batch: TokenBatch, reach: Reach): Tensor4D {
  const { rows, width } = batch;
  return tf.tensor4d(attentionMask(batch, reach), [rows, 1, width, (reach.pastLength ?? 0) + width]);
}

// Finite, as −∞ − (−∞) is not a number; a softmax gives it exactly 0.
const FORBIDDEN = -1e30;

/** A position sees earlier ones of its own segment and, unless it is padding, of the prompt, as far as its window reaches. */
function attentionMask(
  { rows, width, segments, positions }: TokenBatch,
  { pastLength = 0, pastSeen, window }: Reach,
): Float32Array {
  const keys = pastLength + width;
  const mask = new Float32Array(rows * width * keys).fill(FORBIDDEN);
  for (let row = 0; row < rows; row++) {
    const own = segments.subarray(row * width, (row + 1) * width);
    const places = positions.subarray(row * width, (row + 1) * width);
    const past = pastPlaces(pastLength, pastSeen?.subarray(row * pastLength, (row + 1) * pastLength));
    for (let query = 0; query < width; query++) {
      const start = (row * width + query) * keys;
      // Keys before this place lie outside the window.
      const first = (places[query] ?? 0) - window + 1;
      for (const [key, place] of past.entries()) {
        if (place !== undefined && place >= first) mask[start + key] = 0;
      }
      for (let key = 0; key <= query; key++) {
        const sees = own[key] === own[query] || (own[key] === 0 && own[query] !== -1);
        if (sees && (places[key] ?? 0) >= first) mask[start + pastLength + key] = 0;
      }
    }
  }
  return mask;
}

/** Places in the text of a row's preceding positions; padding has none. */
function pastPlaces(length: number, seen: Uint8Array | undefined): (number | undefined)[] {
  let place = 0;
  return Array.from({ length }, (_, key) => (seen === undefined || seen[key] === 1 ? place++ : undefined));
}

/** 1 at the positions an intervention acts on, 0 elsewhere, [N, 1]; undefined where it acts on all. */
export function actingAt({ tokens }: BatchTensors, positions: Positions): Tensor2D | undefined {
  if (positions === 'all') return undefined;
  if (positions === 'last') return indicator(tokens, (i) => isPromptEnd(tokens, i));
  if (positions === 'after-prompt') {
    return indicator(tokens, (i) => (tokens.segments[i] ?? -1) > 0 || isPromptEnd(tokens, i));
  }
  const { first, last } = positions;
  const lengths = promptLengths(tokens);
  return indicator(tokens, (i) => {
    const column = i % tokens.width;
    const length = lengths[Math.floor(i / tokens.width)] ?? 0;
    return column < length && (column < first || column >= length - last);
  });
}

function promptLengths({ rows, width, segments }: TokenBatch): number[] {
  return Array.from({ length: rows }, (_, row) => {
    const own = segments.subarray(row * width, (row + 1) * width);
    return own.reduce((length, segment) => length + Number(segment === 0), 0);
  });
}

function isPromptEnd({ width, segments }: TokenBatch, i: number): boolean {
  return segments[i] === 0 && ((i + 1) % width === 0 || segments[i + 1] !== 0);
}

function indicator({ ids }: TokenBatch, acts: (i: number) => boolean): Tensor2D {
  return tf.tensor2d(
    Float32Array.from(ids, (_, i) => (acts(i) ? 1 : 0)),
    [ids.length, 1],
  );
}

function outside(values: Int32Array, limit: number): number | undefined {
  return values.find((value) => value < 0 || value >= limit);
}
