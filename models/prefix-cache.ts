import { createHash } from 'node:crypto';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { TokenBatch } from './batch.js';
import type { LanguageModel } from './language-model.js';
import { tf } from './tensorflow.js';

const BYTES_PER_FLOAT = 4;

/** A table and what computing it costs: of hidden states [N, C] from the tokens, of logits [S, V] from hidden states. */
export interface KeptTable {
  values: Tensor2D;
  flops: number;
}

/**
 * What the base model computes for a batch, kept from one treatment to the next: the output of block `layer` − 1 (of the
 * embedding, for layer 0), and logits of unrelated text. The least recently used are dropped when they exceed `maxBytes`.
 */
export class PrefixCache implements Disposable {
  readonly #maxBytes: number;
  /** In order of use, the most recent last. */
  readonly #tables = new Map<string, KeptTable>();
  #bytes = 0;

  constructor({ maxBytes }: { maxBytes: number }) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The state that enters block `layer`, or the nearest below it; the caller disposes it. */
  nearest(batchKey: string, layer: number): (KeptTable & { layer: number }) | undefined {
    for (let below = layer; below >= 0; below--) {
      const state = this.get(`${batchKey}/${below}`);
      if (state !== undefined) return { layer: below, ...state };
    }
    return undefined;
  }

  /** Keeps the state that enters block `layer`, unless it alone exceeds the bound. */
  put(batchKey: string, layer: number, state: KeptTable): void {
    this.keep(`${batchKey}/${layer}`, state);
  }

  /** Whether tables of so many numbers, all wanted again by the next treatment, leave most of the room to others. */
  hasRoomFor(numbers: number): boolean {
    return numbers * BYTES_PER_FLOAT <= this.#maxBytes / 4;
  }

  /** A table by its name; the caller disposes it. */
  get(name: string): KeptTable | undefined {
    const table = this.#tables.get(name);
    if (table === undefined) return undefined;
    this.#tables.delete(name);
    this.#tables.set(name, table);
    return { values: tf.clone(table.values), flops: table.flops };
  }

  keep(name: string, { values, flops }: KeptTable): void {
    const bytes = values.size * BYTES_PER_FLOAT;
    if (this.#tables.has(name) || bytes > this.#maxBytes) return;
    this.#tables.set(name, { values: tf.keep(tf.clone(values)), flops });
    this.#bytes += bytes;
    for (const [oldest, table] of this.#tables) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#tables.delete(oldest);
      this.#bytes -= table.values.size * BYTES_PER_FLOAT;
      table.values.dispose();
    }
  }

  [Symbol.dispose](): void {
    tf.dispose([...this.#tables.values()].map(({ values }) => values));
    this.#tables.clear();
    this.#bytes = 0;
  }
}

/** Content hash of a batch under a model. */
export function batchKey({ digest }: LanguageModel, batch: TokenBatch): string {
  const hash = createHash('sha256').update(`${digest}/${batch.rows}/${batch.width}`);
  for (const values of [batch.ids, batch.positions, batch.segments]) hash.update(values);
  return hash.digest('hex');
}
