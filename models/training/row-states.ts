import type { Tensor2D } from '@tensorflow/tfjs-core';
import { type EncodedItem, type TrainingBatch, trainingBatch } from '../batch.js';
import type { LanguageModel } from '../language-model.js';
import { gatherRows } from '../operations.js';
import type { PrefixCache } from '../prefix-cache.js';
import { tf } from '../tensorflow.js';
import { batchTensors } from '../transformer/batch-tensors.js';
import { type BaseStateOptions, baseState } from '../transformer/decoder.js';
import type { TreatedModel } from '../treated-model.js';

// C hidden.

/** Examples whose states are computed together. The cut depends on their order alone: nested sets share all whole chunks. */
const CHUNK = 16;

/** Above this the states are not kept but computed with every batch. */
const MOST_BYTES = 2 ** 30;
const BYTES_PER_FLOAT = 4;

/** What enters a block under the base model, for the rows of a training batch: [N, C]. */
export type StartOfBatch = (treated: TreatedModel, options: BaseStateOptions) => Tensor2D;

/**
 * States of training examples below the first treated block. They are computed chunk by chunk of the examples, once,
 * and put together for every batch, however the examples are shuffled: that an epoch, a learning rate or a larger
 * budget comes next costs nothing below that block.
 */
export class RowStates implements Disposable {
  readonly #chunks: TrainingBatch[];
  /** What enters a block, by block and chunk. */
  readonly #states = new Map<string, Tensor2D>();
  readonly #prefixes: PrefixCache;
  readonly #fits: boolean;

  constructor(model: LanguageModel, items: readonly EncodedItem[], prefixes: PrefixCache) {
    this.#chunks = chunksOf(items).map(trainingBatch);
    this.#prefixes = prefixes;
    const places = this.#chunks.reduce((sum, { rows, width }) => sum + rows * width, 0);
    this.#fits = places * model.config.hidden * BYTES_PER_FLOAT <= MOST_BYTES;
  }

  /** The start of a batch of `members`, places of examples; undefined where states are not kept. */
  startOf(members: readonly number[], width: number): StartOfBatch | undefined {
    if (!this.#fits) return undefined;
    return (treated, options) =>
      tf.tidy(() => {
        const parts = byChunk(members).map(({ chunk, rows }) =>
          this.#rowsOf(chunk, rows, { treated, options, width }),
        );
        return parts.length === 1 && parts[0] !== undefined ? parts[0] : tf.concat(parts, 0);
      });
  }

  #rowsOf(
    chunk: number,
    rows: readonly number[],
    { treated, options, width }: { treated: TreatedModel; options: BaseStateOptions; width: number },
  ): Tensor2D {
    const from = this.#chunks[chunk]?.width ?? 0;
    const places = placesOf(rows, { from, to: width });
    return gatherRows(this.#statesOf(chunk, treated, options), tf.tensor1d(places, 'int32'));
  }

  #statesOf(chunk: number, treated: TreatedModel, { layer, count }: BaseStateOptions): Tensor2D {
    const key = `${layer} ${chunk}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const batch = this.#chunks[chunk];
    if (batch === undefined) throw new Error(`there are ${this.#chunks.length} chunks, no chunk ${chunk}`);
    const tensors = batchTensors(batch, treated.model.config);
    const states = tf.keep(baseState(treated, batch, tensors, { layer, count, prefixes: this.#prefixes }));
    this.#states.set(key, states);
    return states;
  }

  [Symbol.dispose](): void {
    tf.dispose([...this.#states.values()]);
    this.#states.clear();
  }
}

function chunksOf(items: readonly EncodedItem[]): (readonly EncodedItem[])[] {
  const count = Math.ceil(items.length / CHUNK);
  return Array.from({ length: count }, (_, i) => items.slice(i * CHUNK, (i + 1) * CHUNK));
}

/** Runs of members that lie in one chunk, with their rows there. */
function byChunk(members: readonly number[]): { chunk: number; rows: number[] }[] {
  const runs: { chunk: number; rows: number[] }[] = [];
  for (const member of members) {
    const chunk = Math.floor(member / CHUNK);
    const run = runs.at(-1);
    if (run?.chunk === chunk) run.rows.push(member % CHUNK);
    else runs.push({ chunk, rows: [member % CHUNK] });
  }
  return runs;
}

/** Places of rows of one width under another. Where a row ends its last place stands for padding, which nothing reads. */
function placesOf(rows: readonly number[], { from, to }: { from: number; to: number }): Int32Array {
  const places = new Int32Array(rows.length * to);
  rows.forEach((row, index) => {
    for (let i = 0; i < to; i++) places[index * to + i] = row * from + Math.min(i, from - 1);
  });
  return places;
}
