import type { Tensor2D } from '@tensorflow/tfjs-core';
import { add, mul, sigmoid, sub } from '../operations.js';

// N positions, F channels of the MLP.

export type SavedSwiglu = {
  gate: Tensor2D; // [N, F]
  up: Tensor2D; // [N, F]
  sigmoid: Tensor2D; // [N, F], σ(gate)
};

/** silu(gate) · up with silu(z) = z·σ(z) (Shazeer 2020, eq. 6). */
export function swiglu(gate: Tensor2D, up: Tensor2D): { output: Tensor2D; saved: SavedSwiglu } {
  const open = sigmoid(gate);
  return { output: mul(mul(gate, open), up), saved: { gate, up, sigmoid: open } };
}

/** silu′(z) = σ + silu(z) · (1 − σ). */
export function swigluBackward(
  dy: Tensor2D,
  { gate, up, sigmoid: open }: SavedSwiglu,
): { dGate: Tensor2D; dUp: Tensor2D } {
  const silu = mul(gate, open);
  const slope = add(open, sub(silu, mul(silu, open)));
  return { dGate: mul(mul(dy, up), slope), dUp: mul(dy, silu) };
}
