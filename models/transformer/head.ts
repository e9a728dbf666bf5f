import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { FlopCount } from '../compute-meter.js';
import { type LanguageModel, outputProjection } from '../language-model.js';
import { finalNorm } from '../model-norm.js';
import { tf } from '../tensorflow.js';
import { matMul } from './matmul.js';
import { normalised } from './norm.js';

// N positions, S scored positions, C hidden, V vocabulary.

/** A token whose probability is asked for: the id `target` after position `position` of the flattened batch. */
export interface Query {
  position: number;
  target: number;
}

/** Bounds the memory of logits: 2²³ of them are 32 MiB. */
const LOGITS_AT_ONCE = 2 ** 23;

/** How many positions' logits are computed together. */
export function positionsAtOnce({ config }: LanguageModel): number {
  return Math.max(1, Math.floor(LOGITS_AT_ONCE / config.vocabulary));
}

/** Final norm and output projection at the given positions only: [N, C] → [S, V]. */
export function logitsAt(
  model: LanguageModel,
  hidden: Tensor2D,
  positions: readonly number[],
  count: FlopCount,
): Tensor2D {
  return tf.tidy(() => {
    const rows = tf.gather(hidden, tf.tensor1d([...positions], 'int32')); // [S, C]
    const { output } = normalised(rows, finalNorm(model));
    return matMul(output, outputProjection(model), count, { transposeB: true });
  });
}

/** log p(target) of every query, nats; logits are computed once per distinct position. */
export function logProbabilities(
  model: LanguageModel,
  hidden: Tensor2D,
  queries: readonly Query[],
  count: FlopCount,
): Float32Array {
  const results = new Float32Array(queries.length);
  const positions = [...new Set(queries.map(({ position }) => position))].sort((a, b) => a - b);
  const size = positionsAtOnce(model);
  for (let start = 0; start < positions.length; start += size) {
    const chunk = positions.slice(start, start + size);
    const rowOf = new Map(chunk.map((position, row) => [position, row]));
    const asked = queries.flatMap(({ position, target }, index) => {
      const row = rowOf.get(position);
      return row === undefined ? [] : [{ index, cell: [row, target] }];
    });
    const values = tf.tidy(() => {
      const logProbability = tf.logSoftmax(logitsAt(model, hidden, chunk, count)); // [S, V]
      const cells = tf.tensor2d(
        asked.map(({ cell }) => cell),
        [asked.length, 2],
        'int32',
      );
      return tf.gatherND(logProbability, cells).dataSync<'float32'>();
    });
    asked.forEach(({ index }, i) => {
      results[index] = values[i] ?? Number.NaN;
    });
  }
  return results;
}
