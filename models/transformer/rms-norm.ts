import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { tf } from '../tensorflow.js';
import type { Gradients } from './gradients.js';

// N positions, C channels.

export type SavedNorm = {
  x: Tensor2D; // [N, C]
  inverse: Tensor2D; // [N, 1], 1 / root mean square
};

/** y = x / √(mean(x²) + ε) · weight (Zhang and Sennrich 2019, eq. 4). */
export function rmsNorm(
  x: Tensor2D,
  weight: Tensor1D,
  epsilon: number,
): { output: Tensor2D; saved: SavedNorm } {
  const meanSquare = tf.mean<Tensor2D>(tf.square(x), 1, true); // [N, 1]
  const inverse = tf.rsqrt(tf.add<Tensor2D>(meanSquare, epsilon));
  const output = tf.mul<Tensor2D>(tf.mul(x, inverse), weight);
  return { output, saved: { x, inverse } };
}

/** With r = 1/rms and g = dy · weight: dx = r·g − x · r³ · mean(g·x), and dweight = Σ over positions of dy · x · r. */
export function rmsNormBackward(
  dy: Tensor2D,
  weight: Tensor1D,
  { x, inverse }: SavedNorm,
  gradients: Gradients,
): Tensor2D {
  gradients.collect(weight, () => tf.sum(tf.mul(dy, tf.mul(x, inverse)), 0));
  const g = tf.mul(dy, weight); // [N, C]
  const meanProduct = tf.mean(tf.mul(g, x), 1, true); // [N, 1]
  const correction = tf.mul(meanProduct, tf.mul(tf.square(inverse), inverse));
  return tf.sub(tf.mul(g, inverse), tf.mul(x, correction));
}
