import type * as TensorFlow from '@tensorflow/tfjs-core';
import { add } from '../operations.js';
import { tf } from '../tensorflow.js';

/** Collects the gradients of the wanted tensors, told apart by identity; owns them until they are taken. */
export class Gradients implements Disposable {
  readonly #sums = new Map<TensorFlow.Tensor, TensorFlow.Tensor | undefined>();

  constructor(wanted: readonly TensorFlow.Tensor[]) {
    for (const tensor of wanted) this.#sums.set(tensor, undefined);
  }

  wants(tensor: TensorFlow.Tensor): boolean {
    return this.#sums.has(tensor);
  }

  /** Adds a contribution to the gradient of `tensor`; it is computed only when the gradient is wanted. */
  collect(tensor: TensorFlow.Tensor, contribution: () => TensorFlow.Tensor): void {
    if (!this.#sums.has(tensor)) return;
    const before = this.#sums.get(tensor);
    const sum = tf.tidy(() => (before === undefined ? contribution() : add(before, contribution())));
    before?.dispose();
    this.#sums.set(tensor, tf.keep(sum));
  }

  /** The gradients in the order of `wanted`, now the caller's; zeros where nothing was collected. */
  take(wanted: readonly TensorFlow.Tensor[]): TensorFlow.Tensor[] {
    const taken = wanted.map((tensor) => this.#sums.get(tensor) ?? tf.zerosLike(tensor));
    for (const tensor of wanted) this.#sums.set(tensor, undefined);
    return taken;
  }

  [Symbol.dispose](): void {
    for (const sum of this.#sums.values()) sum?.dispose();
    this.#sums.clear();
  }
}
