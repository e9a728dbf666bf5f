import type { Tensor2D } from '@tensorflow/tfjs-core';
import { add } from '../operations.js';
import { tf } from '../tensorflow.js';
import { spread, statesAsked } from './asked-positions.js';
import { attentionBackward, attentionForward, type SavedAttentionPart } from './attention-part.js';
import type { BackwardContext, Block, ForwardContext } from './block-parts.js';
import { mlpBackward, mlpForward, type SavedMlpPart } from './mlp-part.js';

// N positions, M of them asked for (all N but in the last block), C hidden.

/** What the backward pass of a block needs of its forward pass. */
export type SavedBlock = {
  attention: SavedAttentionPart;
  mlp: SavedMlpPart;
};

/**
 * x [N, C] → y [M, C]: h = x + attention(norm(x)), y = h + mlp(norm(h)); in a parallel block y = h + mlp(norm(x)) (Wang
 * and Komatsuzaki 2021).
 */
export function blockForward(
  x: Tensor2D,
  block: Block,
  context: ForwardContext,
): { output: Tensor2D; saved: SavedBlock | undefined } {
  const attention = tf.tidy(() => attentionForward(x, block, context)); // [M, C]
  const mlp = tf.tidy(() => {
    const read = block.config.block.parallel ? statesAsked(x, context.asked) : attention.output; // [M, C]
    return mlpForward(read, attention.output, { block, ...context });
  });
  if (attention.saved === undefined || mlp.saved === undefined) {
    attention.output.dispose();
    return { output: mlp.output, saved: undefined };
  }
  return { output: mlp.output, saved: { attention: attention.saved, mlp: mlp.saved } };
}

/** dx [N, C] from dy [M, C]; collects the gradients of the block's wanted tensors. */
export function blockBackward(
  dy: Tensor2D,
  block: Block,
  saved: SavedBlock,
  context: BackwardContext,
): Tensor2D {
  const dMiddle = tf.tidy(() => add(dy, mlpBackward(dy, block, saved.mlp, context)));
  return tf.tidy(() => {
    const dSum = block.config.block.parallel ? dy : dMiddle;
    const dAttention = attentionBackward(dSum, block, saved.attention, context);
    return add(spread(dMiddle, context.asked, context.batch), dAttention);
  });
}
