import type { Tensor } from '@tensorflow/tfjs-core';
import type { FlopCount } from '../compute-meter.js';
import { float, single } from '../operations.js';

const products = [false, true].flatMap((transposeA) =>
  [false, true].map((transposeB) => {
    const swaps = { adj_x: { flag: transposeA }, adj_y: { flag: transposeB } };
    return {
      // oneDNN, which prepares itself for every product,
      large: single('BatchMatMulV2', { ...float, ...swaps }),
      // and Eigen, which begins at once.
      small: single('BatchMatMulV3', { Ta: float.T, Tb: float.T, Tout: float.T, ...swaps }),
    };
  }),
);

/** FLOPs up to which the second is the faster, measured on two cores: 20 µs against 90 µs far below. */
const SMALL_PRODUCT = 2e6;

/**
 * Matrix product over the last two axes, of which each operand's may be swapped; leading axes agree.
 * Adds its cost, 2·m·k·n times the leading axes, to `count`.
 */
export function matMul<T extends Tensor>(
  a: T,
  b: T,
  count: FlopCount,
  { transposeA = false, transposeB = false }: { transposeA?: boolean; transposeB?: boolean } = {},
): T {
  const kind = products[2 * Number(transposeA) + Number(transposeB)];
  if (kind === undefined) throw new Error('a product has four kinds');
  const flops = 2 * a.size * (b.shape.at(transposeB ? -2 : -1) ?? 1);
  count.flops += flops;
  return flops <= SMALL_PRODUCT ? kind.small(a, b) : kind.large(a, b);
}
