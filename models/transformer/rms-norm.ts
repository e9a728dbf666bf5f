import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { addNumber, meanOfLast, mul, rsqrt, square, sub, sumOfRows } from '../operations.js';
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
  const inverse = rsqrt(addNumber(meanOfLast(square(x)), epsilon)); // [N, 1]
  const output = mul(mul(x, inverse), weight);
  return { output, saved: { x, inverse } };
}

/** With r = 1/rms and g = dy · weight: dx = r·g − x · r³ · mean(g·x), and dweight = Σ over positions of dy · x · r. */
export function rmsNormBackward(
  dy: Tensor2D,
  weight: Tensor1D,
  { x, inverse }: SavedNorm,
  gradients: Gradients,
): Tensor2D {
  gradients.collect(weight, () => sumOfRows(mul(dy, mul(x, inverse))));
  const g = mul(dy, weight); // [N, C]
  const meanProduct = meanOfLast(mul(g, x)); // [N, 1]
  const correction = mul(meanProduct, mul(square(inverse), inverse));
  return sub(mul(g, inverse), mul(x, correction));
}
