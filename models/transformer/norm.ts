import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { addNumber, sumOfRows } from '../operations.js';
import type { Gradients } from './gradients.js';
import { layerNorm, layerNormBackward, layerNormOutput, layerNormWeightGradient } from './layer-norm.js';
import { rmsNorm, rmsNormBackward, rmsNormOutput, rmsNormWeightGradient } from './rms-norm.js';

// N positions, C channels.

/** A norm of one of the three kinds of `NormKind`. */
export type Norm =
  | { kind: 'rms' | 'rms-from-one'; weight: Tensor1D; epsilon: number }
  | { kind: 'layer'; weight: Tensor1D; bias: Tensor1D; epsilon: number };

/** What the backward pass of a norm needs of its forward pass. */
export type SavedNorm = {
  x: Tensor2D; // [N, C]
  inverse: Tensor2D; // [N, 1]
  mean?: Tensor2D; // [N, 1], of layer norms
};

export function normTensors(norm: Norm | undefined): Tensor[] {
  if (norm === undefined) return [];
  return norm.kind === 'layer' ? [norm.weight, norm.bias] : [norm.weight];
}

/** The norm of every row, [N, C] → [N, C]; temporaries are the caller's to tidy. */
export function normalised(x: Tensor2D, norm: Norm): { output: Tensor2D; saved: SavedNorm } {
  return norm.kind === 'layer' ? layerNorm(x, norm, norm.epsilon) : rmsNorm(x, factor(norm), norm.epsilon);
}

/** The norm's output once more, [N, C], from what its backward pass keeps. */
export function normOutput(saved: SavedNorm, norm: Norm): Tensor2D {
  return norm.kind === 'layer' ? layerNormOutput(withMean(saved), norm) : rmsNormOutput(saved, factor(norm));
}

/** dx [N, C] from dy [N, C]; collects the gradients of the norm's wanted tensors. */
export function normBackward(dy: Tensor2D, norm: Norm, saved: SavedNorm, gradients: Gradients): Tensor2D {
  if (norm.kind !== 'layer') {
    gradients.collect(norm.weight, () => rmsNormWeightGradient(dy, saved));
    return rmsNormBackward(dy, factor(norm), saved);
  }
  gradients.collect(norm.weight, () => layerNormWeightGradient(dy, withMean(saved)));
  gradients.collect(norm.bias, () => sumOfRows(dy));
  return layerNormBackward(dy, norm.weight, withMean(saved));
}

/** What a row is multiplied by, [C]: Gemma's norms hold its difference from 1. */
function factor({ kind, weight }: Norm): Tensor1D {
  return kind === 'rms-from-one' ? addNumber(weight, 1) : weight;
}

function withMean({ mean, ...saved }: SavedNorm) {
  if (mean === undefined) throw new Error('a layer norm saved no mean for its backward pass');
  return { ...saved, mean };
}
