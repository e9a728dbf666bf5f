import type { Tensor2D } from '@tensorflow/tfjs-core';
import { tf } from '../tensorflow.js';

// N positions, F channels of the MLP.

export type SavedSwiglu = {
  gate: Tensor2D; // [N, F]
  up: Tensor2D; // [N, F]
  sigmoid: Tensor2D; // [N, F], σ(gate)
};

/** silu(gate) · up with silu(z) = z·σ(z) (Shazeer 2020, eq. 6). */
export function swiglu(gate: Tensor2D, up: Tensor2D): { output: Tensor2D; saved: SavedSwiglu } {
  const sigmoid = tf.sigmoid(gate);
  return { output: tf.mul(tf.mul(gate, sigmoid), up), saved: { gate, up, sigmoid } };
}

/** silu′(z) = σ + silu(z) · (1 − σ). */
export function swigluBackward(
  dy: Tensor2D,
  { gate, up, sigmoid }: SavedSwiglu,
): { dGate: Tensor2D; dUp: Tensor2D } {
  const silu = tf.mul(gate, sigmoid);
  const slope = tf.add(sigmoid, tf.mul(silu, tf.sub(1, sigmoid)));
  return { dGate: tf.mul(tf.mul(dy, up), slope), dUp: tf.mul(dy, silu) };
}
