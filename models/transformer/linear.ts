import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { FlopCount } from '../compute-meter.js';
import { add, chain, scale as scaled, sumOfRows } from '../operations.js';
import { tf } from '../tensorflow.js';
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

/** Whether the layer's wanted gradients need what it has read. */
export function readsInput({ weight, updates }: Linear, gradients: Gradients): boolean {
  return [weight, ...updates.flatMap(({ a, b }) => [a, b])].some((tensor) => gradients.wants(tensor));
}

/** x [N, in] → x·Wᵀ + bias + Σ scale·(x·aᵀ)·bᵀ + Σ scale·shift, [N, out] (Hu et al. 2021, eq. 3). */
export function linear(x: Tensor2D, { weight, bias, updates, shifts }: Linear, count: FlopCount): Tensor2D {
  return chain(
    matMul(x, weight, count, { transposeB: true }), // [N, out]
    ...(bias === undefined ? [] : [(y: Tensor2D) => add(y, bias)]),
    ...shifts.map((shift) => (y: Tensor2D) => added(y, () => scaled(shift.bias, shift.scale))),
    ...updates.map(
      (update) => (y: Tensor2D) =>
        added(y, () => matMul(reduced(x, update, count), update.b, count, { transposeB: true })),
    ),
  );
}

/** dx [N, in] from dy [N, out]; collects the gradients of the layer's wanted tensors. @param input what the layer has read, [N, in] */
export function linearBackward(
  dy: Tensor2D,
  layer: Linear,
  input: () => Tensor2D,
  { gradients, count }: { gradients: Gradients; count: FlopCount },
): Tensor2D {
  const { weight, bias, updates, shifts } = layer;
  gradients.collect(weight, () => matMul(dy, input(), count, { transposeA: true }));
  if (bias !== undefined) gradients.collect(bias, () => sumOfRows(dy));
  for (const shift of shifts) gradients.collect(shift.bias, () => scaled(sumOfRows(dy), shift.scale));
  return chain(
    matMul(dy, weight, count), // [N, in]
    ...updates.map(
      (update) => (dx: Tensor2D) =>
        added(dx, () => {
          const { scale, a, b } = update;
          const dReduced = chain(matMul(dy, b, count), (d) => scaled(d, scale)); // [N, r]
          gradients.collect(a, () => matMul(dReduced, input(), count, { transposeA: true }));
          gradients.collect(b, () =>
            matMul(dy, reduced(input(), update, count), count, { transposeA: true }),
          );
          return matMul(dReduced, a, count);
        }),
    ),
  );
}

/** scale · x·aᵀ, [N, r]. */
function reduced(x: Tensor2D, { scale, a }: LowRankUpdate, count: FlopCount): Tensor2D {
  return chain(matMul(x, a, count, { transposeB: true }), (y) => scaled(y, scale));
}

function added(x: Tensor2D, addend: () => Tensor): Tensor2D {
  return tf.tidy(() => add(x, addend()));
}
