import type { Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { tf } from '../tensorflow.js';

interface KeysAndValues {
  k: Tensor4D; // [B, K, S, D], rotated
  v: Tensor4D; // [B, K, S, D]
}

/** What a pass knows of tokens that precede its batch. */
export interface Past {
  /** Tokens that precede. */
  readonly length: number;
  /** A layer's keys and values with those of the preceding tokens before them. */
  extend(layer: number, current: KeysAndValues): KeysAndValues;
  /** States [B, S, C] that an intervention has seen, with the new ones. */
  extendStates(owner: object, current: Tensor3D): Tensor3D;
}

/** Keys and values of the tokens read so far, per layer, and the states that gates have seen; owns them. */
export class KeyValueCache implements Past, Disposable {
  readonly #layers = new Map<number, KeysAndValues>();
  readonly #states = new Map<object, Tensor3D>();

  /** Tokens read so far. */
  get length(): number {
    return this.#layers.get(0)?.k.shape[2] ?? 0;
  }

  /** Appends a layer's new keys and values and returns all of them; they stay the cache's. */
  extend(layer: number, current: KeysAndValues): KeysAndValues {
    const past = this.#layers.get(layer);
    const extended = {
      k: tf.keep(past === undefined ? tf.clone(current.k) : tf.concat([past.k, current.k], 2)),
      v: tf.keep(past === undefined ? tf.clone(current.v) : tf.concat([past.v, current.v], 2)),
    };
    past?.k.dispose();
    past?.v.dispose();
    this.#layers.set(layer, extended);
    return extended;
  }

  /** Appends new states [B, S, C] to those that an intervention has seen, and returns all of them; they stay the cache's. */
  extendStates(owner: object, current: Tensor3D): Tensor3D {
    const past = this.#states.get(owner);
    const extended = tf.keep(past === undefined ? tf.clone(current) : tf.concat([past, current], 1));
    past?.dispose();
    this.#states.set(owner, extended);
    return extended;
  }

  /** The one row read so far, once for each of `rows` rows, in a cache of its own. */
  repeated(rows: number): KeyValueCache {
    return this.#mapped((kept) => tf.tile(kept, [rows, ...kept.shape.slice(1).map(() => 1)]));
  }

  /** Goes on with these rows alone, in this order. */
  keepRows(rows: readonly number[]): void {
    const chosen = this.#mapped((kept) => tf.gather(kept, tf.tensor1d([...rows], 'int32')));
    this[Symbol.dispose]();
    for (const [layer, kept] of chosen.#layers) this.#layers.set(layer, kept);
    for (const [owner, kept] of chosen.#states) this.#states.set(owner, kept);
  }

  /** A cache of what `change` makes of every tensor. */
  #mapped(change: <T extends Tensor>(kept: T) => T): KeyValueCache {
    const cache = new KeyValueCache();
    const changed = <T extends Tensor>(kept: T): T => tf.keep(tf.tidy(() => change(kept)));
    for (const [layer, { k, v }] of this.#layers) cache.#layers.set(layer, { k: changed(k), v: changed(v) });
    for (const [owner, kept] of this.#states) cache.#states.set(owner, changed(kept));
    return cache;
  }

  /** The one row read so far as the past of every row of a batch; valid as long as the cache. */
  shared(): Past {
    const repeated = (past: Tensor4D, rows: number) => tf.tile(past, [rows, 1, 1, 1]);
    return {
      length: this.length,
      extend: (layer, current) => {
        const past = this.#layers.get(layer);
        if (past === undefined) throw new Error(`the shared past has no keys of layer ${layer}`);
        const rows = current.k.shape[0];
        return {
          k: tf.concat([repeated(past.k, rows), current.k], 2),
          v: tf.concat([repeated(past.v, rows), current.v], 2),
        };
      },
      extendStates() {
        throw new Error('a gated intervention cannot act on a shared past');
      },
    };
  }

  [Symbol.dispose](): void {
    tf.dispose([...this.#states.values()]);
    this.#states.clear();
    for (const { k, v } of this.#layers.values()) tf.dispose([k, v]);
    this.#layers.clear();
  }
}
