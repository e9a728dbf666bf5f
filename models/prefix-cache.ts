import { createHash } from 'node:crypto';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { TokenBatch } from './batch.js';
import type { LanguageModel } from './language-model.js';
import { tf } from './tensorflow.js';

const BYTES_PER_FLOAT = 4;

/**
 * Hidden states of the base model, kept from one treatment to the next: the output of block `layer` − 1 for a batch
 * (of the embedding, for layer 0). The least recently used are dropped when they exceed `maxBytes`.
 */
export class PrefixCache implements Disposable {
  readonly #maxBytes: number;
  /** In order of use, the most recent last. */
  readonly #states = new Map<string, Tensor2D>();
  #bytes = 0;

  constructor({ maxBytes }: { maxBytes: number }) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The state that enters block `layer`, or the nearest below it; the caller disposes it. */
  nearest(batchKey: string, layer: number): { layer: number; hidden: Tensor2D } | undefined {
    for (let below = layer; below >= 0; below--) {
      const key = `${batchKey}/${below}`;
      const hidden = this.#states.get(key);
      if (hidden === undefined) continue;
      this.#states.delete(key);
      this.#states.set(key, hidden);
      return { layer: below, hidden: tf.clone(hidden) };
    }
    return undefined;
  }

  /** Keeps the state that enters block `layer`, unless it alone exceeds the bound. */
  put(batchKey: string, layer: number, hidden: Tensor2D): void {
    const key = `${batchKey}/${layer}`;
    const bytes = hidden.size * BYTES_PER_FLOAT;
    if (this.#states.has(key) || bytes > this.#maxBytes) return;
    this.#states.set(key, tf.keep(tf.clone(hidden)));
    this.#bytes += bytes;
    for (const [oldest, state] of this.#states) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#states.delete(oldest);
      this.#bytes -= state.size * BYTES_PER_FLOAT;
      state.dispose();
    }
  }

  [Symbol.dispose](): void {
    tf.dispose([...this.#states.values()]);
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
