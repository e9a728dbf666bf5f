import type * as TensorFlow from '@tensorflow/tfjs-core';
import type { FlopCount } from '../compute-meter.js';
import { product } from '../operations.js';

/** Matrix product over the last two axes, adding its cost 2·m·k·n (times the leading axes) to `count`. */
export function matMul<T extends TensorFlow.Tensor>(
  a: T,
  b: T,
  count: FlopCount,
  { transposeA = false, transposeB = false }: { transposeA?: boolean; transposeB?: boolean } = {},
): T {
  const result = product(a, b, { transposeA, transposeB });
  const inner = a.shape.at(transposeA ? -2 : -1) ?? 1;
  count.flops += 2 * result.size * inner;
  return result;
}
