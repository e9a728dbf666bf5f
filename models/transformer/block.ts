import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import type { FlopCount } from '../compute-meter.js';
import type { TransformerConfig } from '../config.js';
import { add, reshape, transpose } from '../operations.js';
import { attend, attendBackward, type SavedAttention } from './attention.js';
import type { BatchTensors } from './batch-tensors.js';
import type { Gradients } from './gradients.js';
import type { Past } from './key-value-cache.js';
import { type Linear, linear, linearBackward, linearTensors } from './linear.js';
import { rmsNorm, rmsNormBackward, type SavedNorm } from './rms-norm.js';
import { rotate, rotateBackward } from './rotary.js';
import { type SavedSwiglu, swiglu, swigluBackward } from './swiglu.js';

// B rows, T width, N = B·T positions, C hidden, H heads, K key/value heads, D channels of a head, F intermediate.

/** The weights of one decoder block, with the low-rank updates that act on them. */
export interface Block {
  layer: number;
  config: TransformerConfig;
  attentionNorm: Tensor1D; // [C]
  q: Linear; // [H·D, C]
  k: Linear; // [K·D, C]
  v: Linear; // [K·D, C]
  o: Linear; // [C, H·D]
  mlpNorm: Tensor1D; // [C]
  gate: Linear; // [F, C]
  up: Linear; // [F, C]
  down: Linear; // [C, F]
}

/** The tensors that a block computes with, those of its low-rank updates included. */
export function blockTensors(block: Block): Tensor[] {
  const { q, k, v, o, gate, up, down } = block;
  return [block.attentionNorm, block.mlpNorm, ...[q, k, v, o, gate, up, down].flatMap(linearTensors)];
}

export interface ForwardContext {
  batch: BatchTensors;
  count: FlopCount;
  cache?: Past | undefined;
}

export interface BackwardContext {
  batch: BatchTensors;
  count: FlopCount;
  gradients: Gradients;
}

/** What the backward pass of a block needs of its forward pass. */
export type SavedBlock = {
  attention: SavedAttentionLayer;
  mlp: SavedMlp;
};

/** x [N, C] → x + attention(norm(x)) → … + mlp(norm(…)), [N, C]. */
export function blockForward(
  x: Tensor2D,
  block: Block,
  context: ForwardContext,
): { output: Tensor2D; saved: SavedBlock } {
  const attention = attentionForward(x, block, context);
  const middle = add(x, attention.output);
  const mlp = mlpForward(middle, block, context);
  return {
    output: add(middle, mlp.output),
    saved: { attention: attention.saved, mlp: mlp.saved },
  };
}

/** dx [N, C] from dy [N, C]; collects the gradients of the block's wanted tensors. */
export function blockBackward(
  dy: Tensor2D,
  block: Block,
  saved: SavedBlock,
  context: BackwardContext,
): Tensor2D {
  const dMiddle = add(dy, mlpBackward(dy, block, saved.mlp, context));
  return add(dMiddle, attentionBackward(dMiddle, block, saved.attention, context));
}

type SavedAttentionLayer = {
  norm: SavedNorm;
  normed: Tensor2D; // [N, C]
  attention: SavedAttention;
  merged: Tensor2D; // [N, H·D], the heads' outputs side by side
};

function attentionForward(
  x: Tensor2D,
  block: Block,
  { batch, count, cache }: ForwardContext,
): { output: Tensor2D; saved: SavedAttentionLayer } {
  const { heads, kvHeads, headDim, normEpsilon } = block.config;
  const norm = rmsNorm(x, block.attentionNorm, normEpsilon);
  const normed = norm.output;
  const q = rotate(splitHeads(linear(normed, block.q, count), headDim), batch.queryRotation); // [N, H, D]
  const k = rotate(splitHeads(linear(normed, block.k, count), headDim), batch.keyRotation); // [N, K, D]
  const v = splitHeads(linear(normed, block.v, count), headDim);
  const current = { k: headsFirst(k, batch, kvHeads), v: headsFirst(v, batch, kvHeads) };
  const inputs = { q: headsFirst(q, batch, kvHeads), ...(cache?.extend(block.layer, current) ?? current) };
  const attention = attend(inputs, batch.mask, count);
  const merged = headsLast(attention.output, batch, heads); // [N, H·D]
  const output = linear(merged, block.o, count);
  return { output, saved: { norm: norm.saved, normed, attention: attention.saved, merged } };
}

function attentionBackward(
  dy: Tensor2D,
  block: Block,
  saved: SavedAttentionLayer,
  context: BackwardContext,
): Tensor2D {
  const { heads, kvHeads, headDim } = block.config;
  const { batch, gradients, count } = context;
  const dMerged = linearBackward(dy, block.o, saved.merged, context); // [N, H·D]
  const dContext = headsFirst(splitHeads(dMerged, headDim), batch, kvHeads); // [B, K, G·T, D]
  const d = attendBackward(dContext, saved.attention, count);
  const dq = rotateBackward(splitHeads(headsLast(d.q, batch, heads), headDim), batch.queryRotation);
  const dk = rotateBackward(splitHeads(headsLast(d.k, batch, kvHeads), headDim), batch.keyRotation);
  const dv = headsLast(d.v, batch, kvHeads); // [N, K·D]
  const dNormed = add(
    add(
      linearBackward(joinHeads(dq), block.q, saved.normed, context),
      linearBackward(joinHeads(dk), block.k, saved.normed, context),
    ),
    linearBackward(dv, block.v, saved.normed, context),
  );
  return rmsNormBackward(dNormed, block.attentionNorm, saved.norm, gradients);
}

type SavedMlp = {
  norm: SavedNorm;
  normed: Tensor2D; // [N, C]
  swiglu: SavedSwiglu;
  hidden: Tensor2D; // [N, F], what the down projection reads
};

function mlpForward(
  x: Tensor2D,
  block: Block,
  { count }: ForwardContext,
): { output: Tensor2D; saved: SavedMlp } {
  const norm = rmsNorm(x, block.mlpNorm, block.config.normEpsilon);
  const normed = norm.output;
  const gated = swiglu(linear(normed, block.gate, count), linear(normed, block.up, count)); // [N, F]
  const output = linear(gated.output, block.down, count);
  return { output, saved: { norm: norm.saved, normed, swiglu: gated.saved, hidden: gated.output } };
}

function mlpBackward(dy: Tensor2D, block: Block, saved: SavedMlp, context: BackwardContext): Tensor2D {
  const dHidden = linearBackward(dy, block.down, saved.hidden, context); // [N, F]
  const { dGate, dUp } = swigluBackward(dHidden, saved.swiglu);
  const dNormed = add(
    linearBackward(dGate, block.gate, saved.normed, context),
    linearBackward(dUp, block.up, saved.normed, context),
  );
  return rmsNormBackward(dNormed, block.mlpNorm, saved.norm, context.gradients);
}

/** [N, heads·D] → [N, heads, D], without a copy. */
function splitHeads(x: Tensor2D, headDim: number): Tensor3D {
  return reshape<Tensor3D>(x, [x.shape[0], x.shape[1] / headDim, headDim]);
}

/** [N, heads, D] → [N, heads·D], without a copy. */
function joinHeads(x: Tensor3D): Tensor2D {
  return reshape<Tensor2D>(x, [x.shape[0], x.shape[1] * x.shape[2]]);
}

/** [N, heads, D] → [B, K, heads/K·T, D]: query heads stacked upon the key/value head they share. */
function headsFirst(x: Tensor3D, { rows, width }: BatchTensors, kvHeads: number): Tensor4D {
  const [, heads, headDim] = x.shape;
  const byHead = transpose(reshape<Tensor4D>(x, [rows, width, heads, headDim]), [0, 2, 1, 3]);
  return reshape<Tensor4D>(byHead, [rows, kvHeads, (heads / kvHeads) * width, headDim]);
}

/** [B, K, heads/K·T, D] → [N, heads·D], the inverse of `headsFirst`. */
function headsLast(x: Tensor4D, { rows, width }: BatchTensors, heads: number): Tensor2D {
  const headDim = x.shape[3];
  const byPosition = transpose(reshape<Tensor4D>(x, [rows, heads, width, headDim]), [0, 2, 1, 3]);
  return reshape<Tensor2D>(byPosition, [rows * width, heads * headDim]);
}
