import type { Tensor2D } from '@tensorflow/tfjs-core';
import { tf } from '../tensorflow.js';

/** A tensor that is made at its first use and freed at the end of the scope. */
export function onDemand(make: () => Tensor2D): { value: () => Tensor2D } & Disposable {
  let made: Tensor2D | undefined;
  return {
    value() {
      made ??= tf.keep(make());
      return made;
    },
    [Symbol.dispose]() {
      made?.dispose();
    },
  };
}
