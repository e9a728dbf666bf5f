import { createHash } from 'node:crypto';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { TokenBatch } from './batch.js';
import type { LanguageModel } from './language-model.js';
import { tf } from './tensorflow.js';

const BYTES_PER_FLOAT = 4;

/** A hidden state [N, C] and what computing it from the tokens costs. */
export interface PrefixState {
  hidden: Tensor2D;
  flops: number;
}

/**
 * Hidden states of the base model, kept from one treatment to the next: the output of block `layer` − 1 for a batch
 * (of the embedding, for layer 0). The least recently used are dropped when they exceed `maxBytes`.
 */
export class PrefixCache implements Disposable {
  readonly #maxBytes: number;
  /** In order of use, the most recent last. */
  readonly #states = new Map<string, PrefixState>();
  #bytes = 0;

  constructor({ maxBytes }: { maxBytes: number }) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The state that enters block `layer`, or the nearest below it; the caller disposes it. */
  nearest(batchKey: string, layer: number): (PrefixState & { layer: number }) | undefined {
    for (let below = layer; below >= 0; below--) {
      const key = `${batchKey}/${below}`;
      const state = this.#states.get(key);
      if (state === undefined) continue;
      this.#states.delete(key);
      this.#states.set(key, state);
      return { layer: below, hidden: tf.clone(state.hidden), flops: state.flops };
    }
    return undefined;
  }

  /** Keeps the state that enters block `layer`, unless it alone exceeds the bound. */
  put(batchKey: string, layer: number, { hidden, flops }: PrefixState): void {
    const key = `${batchKey}/${layer}`;
    const bytes = hidden.size * BYTES_PER_FLOAT;
    if (this.#states.has(key) || bytes > this.#maxBytes) return;
    this.#states.set(key, { hidden: tf.keep(tf.clone(hidden)), flops });
    this.#bytes += bytes;
    for (const [oldest, state] of this.#states) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#states.delete(oldest);
      this.#bytes -= state.hidden.size * BYTES_PER_FLOAT;
      state.hidden.dispose();
    }
  }

  [Symbol.dispose](): void {
    tf.dispose([...this.#states.values()].map(({ hidden }) => hidden));
    this.#states.clear();
    this.#bytes = 0;
  }
}

/** Content hash of a batch under a model. */
export function batchKey({ digest }: LanguageModel, batch: TokenBatch): string {
  const hash = createHash('sha256').update(`${digest}/${batch.rows}/${batch.width}`);
  for (const values of [batch.ids, batch.positions, batch.segments]) hash.update(values);
  return hash.digest('hex');
}
