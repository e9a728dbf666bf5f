import type { Tensor2D } from '@tensorflow/tfjs-core';
import { add } from '../operations.js';
import { tf } from '../tensorflow.js';
import type { BackwardContext, Block, ForwardContext } from './block-parts.js';
import { linear, linearBackward, readsInput } from './linear.js';
import { mlpUnits, type UnitSlopes, unitBackward } from './mlp-unit.js';
import { normalised, normBackward, normOutput, type SavedNorm } from './norm.js';
import { onDemand } from './on-demand.js';

// M positions, C hidden, F intermediate.

/** What the backward pass of a block's multilayer perceptron needs of its forward pass. */
export type SavedMlpPart = {
  norm: SavedNorm;
  slopes: UnitSlopes;
  hidden?: Tensor2D; // [M, F], what the down projection reads, where its gradient needs it
  outputNorm?: SavedNorm;
};

/** sum + mlp(norm(x)), [M, C]. */
export function mlpForward(
  x: Tensor2D,
  sum: Tensor2D,
  { block, count, gradients }: Pick<ForwardContext, 'count' | 'gradients'> & { block: Block },
): { output: Tensor2D; saved?: SavedMlpPart } {
  const norm = normalised(x, block.mlpNorm);
  const gate = block.gate && linear(norm.output, block.gate, count); // [M, F]
  const up = linear(norm.output, block.up, count); // [M, F]
  norm.output.dispose();
  const unit = mlpUnits[block.config.block.unit];
  if (gradients === undefined) {
    const hidden = unit.output({ gate, up });
    tf.dispose([gate, up]);
    return { output: tf.tidy(() => projected(hidden, sum, { block, count }).output) };
  }
  const { output: hidden, slopes } = unit.saving({ gate, up });
  tf.dispose([gate, up]);
  const { output, outputNorm } = tf.tidy(() => projected(hidden, sum, { block, count }));
  const kept = readsInput(block.down, gradients) ? { hidden } : {};
  return { output, saved: { norm: norm.saved, slopes, ...kept, ...(outputNorm && { outputNorm }) } };
}

/** sum + norm(down(hidden)), [M, C], the norm where the block has one. */
function projected(
  hidden: Tensor2D,
  sum: Tensor2D,
  { block, count }: Pick<ForwardContext, 'count'> & { block: Block },
): { output: Tensor2D; outputNorm?: SavedNorm } {
  const down = linear(hidden, block.down, count);
  if (block.mlpOutputNorm === undefined) return { output: add(sum, down) };
  const norm = normalised(down, block.mlpOutputNorm);
  return { output: add(sum, norm.output), outputNorm: norm.saved };
}

/** What reaches x from dy [M, C] by way of the perceptron, [M, C]. */
export function mlpBackward(
  dy: Tensor2D,
  block: Block,
  saved: SavedMlpPart,
  context: BackwardContext,
): Tensor2D {
  const { dGate, dUp } = tf.tidy(() => {
    const dDown = throughOutputNorm(dy, block, saved, context);
    const dHidden = linearBackward(dDown, block.down, () => hiddenOf(saved), context); // [M, F]
    return unitBackward(dHidden, saved.slopes);
  });
  using normed = onDemand(() => normOutput(saved.norm, block.mlpNorm)); // [M, C]
  const fromGate = dGate && block.gate && linearBackward(dGate, block.gate, normed.value, context);
  dGate?.dispose();
  const dNormed = tf.tidy(() => {
    const fromUp = linearBackward(dUp, block.up, normed.value, context);
    return fromGate === undefined ? fromUp : add(fromGate, fromUp);
  });
  tf.dispose([dUp, fromGate]);
  return normBackward(dNormed, block.mlpNorm, saved.norm, context.gradients);
}

function throughOutputNorm(
  dy: Tensor2D,
  { mlpOutputNorm }: Block,
  { outputNorm }: SavedMlpPart,
  { gradients }: BackwardContext,
): Tensor2D {
  if (mlpOutputNorm === undefined || outputNorm === undefined) return dy;
  return normBackward(dy, mlpOutputNorm, outputNorm, gradients);
}

function hiddenOf({ hidden }: SavedMlpPart): Tensor2D {
  if (hidden !== undefined) return hidden;
  throw new Error('what the down projection has read was not saved');
}
