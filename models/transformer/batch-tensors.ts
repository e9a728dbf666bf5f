import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Positions } from '../../schemas/treatment.js';
import type { TokenBatch } from '../batch.js';
import type { TransformerConfig } from '../config.js';
import { tf } from '../tensorflow.js';
import { type RotaryTable, rotaryFrequencies, rotaryTable } from './rotary.js';

// B rows, T width, N = B·T positions, S key positions.

/** What all blocks need to know of a batch, built once. */
export interface BatchTensors {
  rows: number;
  width: number;
  ids: Tensor1D; // [N], int32
  mask: Tensor4D; // [B, 1, T, S]
  queryRotation: RotaryTable;
  keyRotation: RotaryTable;
  tokens: TokenBatch;
}

/** Positions of a key/value cache that precede a batch. */
export interface PastPositions {
  pastLength?: number;
  /** 1 where a row sees a preceding position, 0 where that is padding, [B · pastLength]; all are seen by default. */
  pastSeen?: Uint8Array | undefined;
}

/**
 * @throws when a position lies outside the model's context or a token id outside its vocabulary
 */
export function batchTensors(
  batch: TokenBatch,
  config: TransformerConfig,
  { pastLength = 0, pastSeen }: PastPositions = {},
): BatchTensors {
  checkRange(batch.positions, config.contextLength, 'position', 'the context length');
  checkRange(batch.ids, config.vocabulary, 'token id', 'the vocabulary');
  const { rows, width } = batch;
  const frequencies = rotaryFrequencies(config);
  return {
    rows,
    width,
    ids: tf.tensor1d(batch.ids, 'int32'),
    mask: tf.tensor4d(attentionMask(batch, pastLength, pastSeen), [rows, 1, width, pastLength + width]),
    queryRotation: rotaryTable(batch.positions, frequencies, { scale: 1 / Math.sqrt(config.headDim) }),
    keyRotation: rotaryTable(batch.positions, frequencies, { scale: 1 }),
    tokens: batch,
  };
}

// Finite, as −∞ − (−∞) is not a number; a softmax gives it exactly 0.
const FORBIDDEN = -1e30;

/** A position sees earlier ones of its own segment and, unless it is padding, of the prompt. */
function attentionMask(
  { rows, width, segments }: TokenBatch,
  pastLength: number,
  pastSeen: Uint8Array | undefined,
): Float32Array {
  const keys = pastLength + width;
  const mask = new Float32Array(rows * width * keys).fill(FORBIDDEN);
  for (let row = 0; row < rows; row++) {
    const own = segments.subarray(row * width, (row + 1) * width);
    for (let query = 0; query < width; query++) {
      const start = (row * width + query) * keys;
      if (pastSeen === undefined) mask.fill(0, start, start + pastLength);
      else {
        for (let key = 0; key < pastLength; key++) {
          if (pastSeen[row * pastLength + key] === 1) mask[start + key] = 0;
        }
      }
      for (let key = 0; key <= query; key++) {
        const sees = own[key] === own[query] || (own[key] === 0 && own[query] !== -1);
        if (sees) mask[start + pastLength + key] = 0;
      }
    }
  }
  return mask;
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

function checkRange(values: Int32Array, limit: number, what: string, limitName: string): void {
  const wrong = values.find((value) => value < 0 || value >= limit);
  if (wrong === undefined) return;
  throw new Error(`${what} ${wrong} is outside ${limitName} of the model, expected 0 to ${limit - 1}`);
}
