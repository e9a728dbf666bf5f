import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { add, addNumber, chain, meanOfLast, mul, rsqrt, square, sub, sumOfRows } from '../operations.js';
import { tf } from '../tensorflow.js';

// N positions, C channels.

export type SavedLayerNorm = {
  x: Tensor2D; // [N, C]
  mean: Tensor2D; // [N, 1]
  inverse: Tensor2D; // [N, 1], 1 / standard deviation
};

export interface LayerNormWeights {
  weight: Tensor1D; // [C]
  bias: Tensor1D; // [C]
}

/** y = (x − mean(x)) / √(var(x) + ε) · weight + bias (Ba et al. 2016, eq. 4). */
export function layerNorm(
  x: Tensor2D,
  weights: LayerNormWeights,
  epsilon: number,
): { output: Tensor2D; saved: SavedLayerNorm } {
  const mean = meanOfLast(x); // [N, 1]
  const inverse = chain(
    sub<Tensor2D>(x, mean),
    square,
    meanOfLast,
    (variance) => addNumber(variance, epsilon),
    rsqrt,
  ); // [N, 1]
  const saved = { x, mean, inverse };
  return { output: layerNormOutput(saved, weights), saved };
}

/** y once more, [N, C], from what its backward pass keeps. */
export function layerNormOutput(saved: SavedLayerNorm, { weight, bias }: LayerNormWeights): Tensor2D {
  return chain(
    standardised(saved),
    (z) => mul(z, weight),
    (scaled) => add(scaled, bias),
  );
}

/** dweight = Σ over positions of dy · z with z the standardised input, [C]. */
export function layerNormWeightGradient(dy: Tensor2D, saved: SavedLayerNorm): Tensor1D {
  return sumOfRows(chain(standardised(saved), (z) => mul(dy, z)));
}

/** With r = 1/deviation, z = (x − mean)·r and g = dy · weight: dx = r·(g − mean(g) − z · mean(g·z)), [N, C]. */
export function layerNormBackward(dy: Tensor2D, weight: Tensor1D, saved: SavedLayerNorm): Tensor2D {
  return tf.tidy(() => {
    const g = mul(dy, weight); // [N, C]
    const z = standardised(saved); // [N, C]
    const along = mul(z, meanOfLast(mul(g, z)));
    return chain(
      sub(g, meanOfLast(g)),
      (rest) => sub(rest, along),
      (rest) => mul(rest, saved.inverse),
    );
  });
}

function standardised({ x, mean, inverse }: SavedLayerNorm): Tensor2D {
  return chain(sub<Tensor2D>(x, mean), (centred) => mul(centred, inverse));
}
