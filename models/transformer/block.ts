import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import type { FlopCount } from '../compute-meter.js';
import type { TransformerConfig } from '../config.js';
import { add, reshape, transpose } from '../operations.js';
import { type AskedPositions, spread, statesAsked } from './asked-positions.js';
import { attend, attendBackward, type SavedAttention } from './attention.js';
import type { BatchTensors } from './batch-tensors.js';
import type { Gradients } from './gradients.js';
import type { Past } from './key-value-cache.js';
import { type Linear, linear, linearBackward, linearTensors } from './linear.js';
import { rmsNorm, rmsNormBackward, type SavedNorm } from './rms-norm.js';
import { rotate, rotateBackward } from './rotary.js';
import { type SavedSwiglu, swiglu, swigluBackward } from './swiglu.js';

// B rows, T width, N = B·T positions, M of them asked for (all N but in the last block), A a row, C hidden, H heads, K key/value heads, D channels of a head, F intermediate.

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
  /** Where the block's output is read; everywhere, by default. */
  asked?: AskedPositions | undefined;
  count: FlopCount;
  cache?: Past | undefined;
}

export interface BackwardContext {
  batch: BatchTensors;
  asked?: AskedPositions | undefined;
  count: FlopCount;
  gradients: Gradients;
}

/** What the backward pass of a block needs of its forward pass. */
export type SavedBlock = {
  attention: SavedAttentionLayer;
  mlp: SavedMlp;
};

/** x [N, C] → x + attention(norm(x)) → … + mlp(norm(…)), [M, C]. */
export function blockForward(
  x: Tensor2D,
  block: Block,
  context: ForwardContext,
): { output: Tensor2D; saved: SavedBlock } {
  const attention = attentionForward(x, block, context);
  const middle = add(statesAsked(x, context.asked), attention.output); // [M, C]
  const mlp = mlpForward(middle, block, context);
  return {
    output: add(middle, mlp.output),
    saved: { attention: attention.saved, mlp: mlp.saved },
  };
}

/** dx [N, C] from dy [M, C]; collects the gradients of the block's wanted tensors. */
export function blockBackward(
  dy: Tensor2D,
  block: Block,
  saved: SavedBlock,
  context: BackwardContext,
): Tensor2D {
  const dMiddle = add(dy, mlpBackward(dy, block, saved.mlp, context));
  const dAttention = attentionBackward(dMiddle, block, saved.attention, context);
  return add(spread(dMiddle, context.asked, context.batch), dAttention);
}

type SavedAttentionLayer = {
  norm: SavedNorm;
  normed: Tensor2D; // [N, C]
  asking: Tensor2D; // [M, C], those of them that queries are made of
  attention: SavedAttention;
  merged: Tensor2D; // [M, H·D], the heads' outputs side by side
};

function attentionForward(
  x: Tensor2D,
  block: Block,
  { batch, asked, count, cache }: ForwardContext,
): { output: Tensor2D; saved: SavedAttentionLayer } {
  const { heads, kvHeads, headDim, normEpsilon } = block.config;
  const norm = rmsNorm(x, block.attentionNorm, normEpsilon);
  const normed = norm.output;
  const asking = statesAsked(normed, asked);
  const queries = asked ?? batch;
  const q = rotate(splitHeads(linear(asking, block.q, count), headDim), queries.queryRotation); // [M, H, D]
  const k = rotate(splitHeads(linear(normed, block.k, count), headDim), batch.keyRotation); // [N, K, D]
  const v = splitHeads(linear(normed, block.v, count), headDim);
  const current = { k: headsFirst(k, batch, kvHeads), v: headsFirst(v, batch, kvHeads) };
  const inputs = { q: headsFirst(q, queries, kvHeads), ...(cache?.extend(block.layer, current) ?? current) };
  const attention = attend(inputs, queries.mask, count);
  const merged = headsLast(attention.output, queries, heads); // [M, H·D]
  const output = linear(merged, block.o, count);
  return { output, saved: { norm: norm.saved, normed, asking, attention: attention.saved, merged } };
}

function attentionBackward(
  dy: Tensor2D,
  block: Block,
  saved: SavedAttentionLayer,
  context: BackwardContext,
): Tensor2D {
  const { heads, kvHeads, headDim } = block.config;
  const { batch, asked, gradients, count } = context;
  const queries = asked ?? batch;
  const dMerged = linearBackward(dy, block.o, saved.merged, context); // [M, H·D]
  const dContext = headsFirst(splitHeads(dMerged, headDim), queries, kvHeads); // [B, K, G·A, D]
  const d = attendBackward(dContext, saved.attention, count);
  const dq = rotateBackward(splitHeads(headsLast(d.q, queries, heads), headDim), queries.queryRotation);
  const dk = rotateBackward(splitHeads(headsLast(d.k, batch, kvHeads), headDim), batch.keyRotation);
  const dv = headsLast(d.v, batch, kvHeads); // [N, K·D]
  const dNormed = add(
    add(
      spread(linearBackward(joinHeads(dq), block.q, saved.asking, context), asked, batch),
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

/** Positions row by row, as many in each. */
type Places = Pick<BatchTensors, 'rows' | 'width'>;

/** [N, heads, D] → [B, K, heads/K·T, D]: query heads stacked upon the key/value head they share. */
function headsFirst(x: Tensor3D, { rows, width }: Places, kvHeads: number): Tensor4D {
  const [, heads, headDim] = x.shape;
  const byHead = transpose(reshape<Tensor4D>(x, [rows, width, heads, headDim]), [0, 2, 1, 3]);
  return reshape<Tensor4D>(byHead, [rows, kvHeads, (heads / kvHeads) * width, headDim]);
}

/** [B, K, heads/K·T, D] → [N, heads·D], the inverse of `headsFirst`. */
function headsLast(x: Tensor4D, { rows, width }: Places, heads: number): Tensor2D {
  const headDim = x.shape[3];
  const byPosition = transpose(reshape<Tensor4D>(x, [rows, heads, width, headDim]), [0, 2, 1, 3]);
  return reshape<Tensor2D>(byPosition, [rows * width, heads * headDim]);
}
