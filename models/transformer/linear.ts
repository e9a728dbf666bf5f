import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { FlopCount } from '../compute-meter.js';
import { add, scale as scaled, sumOfRows } from '../operations.js';
import type { Gradients } from './gradients.js';
import { matMul } from './matmul.js';

// N positions; weight [out, in]; a low-rank update adds scale · b·a to the weight, a [r, in], b [out, r]; a shift adds
// scale · bias to the output.

export interface LowRankUpdate {
  scale: number;
  a: Tensor2D;
  b: Tensor2D;
}

export interface Shift {
  scale: number;
  bias: Tensor1D; // [out]
}

export interface Linear {
  weight: Tensor2D;
  bias?: Tensor1D;
  updates: readonly LowRankUpdate[];
  shifts: readonly Shift[];
}

export function linearTensors({ weight, bias, updates, shifts }: Linear): Tensor[] {
  const own = bias === undefined ? [weight] : [weight, bias];
  return [...own, ...updates.flatMap(({ a, b }) => [a, b]), ...shifts.map((shift) => shift.bias)];
}

/** x [N, in] → x·Wᵀ + bias + Σ scale·(x·aᵀ)·bᵀ + Σ scale·shift, [N, out] (Hu et al. 2021, eq. 3). */
export function linear(x: Tensor2D, { weight, bias, updates, shifts }: Linear, count: FlopCount): Tensor2D {
  let y = matMul(x, weight, count, { transposeB: true }); // [N, out]
  if (bias !== undefined) y = add(y, bias);
  for (const shift of shifts) y = add(y, scaled(shift.bias, shift.scale));
  for (const { scale, a, b } of updates) {
    const reduced = scaled(matMul(x, a, count, { transposeB: true }), scale); // [N, r]
    y = add(y, matMul(reduced, b, count, { transposeB: true }));
  }
  return y;
}

/** dx [N, in] from dy [N, out]; collects the gradients of the layer's wanted tensors. */
export function linearBackward(
  dy: Tensor2D,
  layer: Linear,
  x: Tensor2D,
  { gradients, count }: { gradients: Gradients; count: FlopCount },
): Tensor2D {
  const { weight, bias, updates, shifts } = layer;
  gradients.collect(weight, () => matMul(dy, x, count, { transposeA: true }));
  if (bias !== undefined) gradients.collect(bias, () => sumOfRows(dy));
  for (const shift of shifts) gradients.collect(shift.bias, () => scaled(sumOfRows(dy), shift.scale));
  let dx = matMul(dy, weight, count); // [N, in]
  for (const { scale, a, b } of updates) {
    const dReduced = scaled(matMul(dy, b, count), scale); // [N, r]
    gradients.collect(a, () => matMul(dReduced, x, count, { transposeA: true }));
    gradients.collect(b, () => {
      const reduced = scaled(matMul(x, a, count, { transposeB: true }), scale); // [N, r]
      return matMul(dy, reduced, count, { transposeA: true });
    });
    dx = add(dx, matMul(dReduced, a, count));
  }
  return dx;
}
