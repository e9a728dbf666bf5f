import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import type { FlopCount } from '../compute-meter.js';
import type { TransformerConfig } from '../config.js';
import { add, mul, reshape, sumOfLast, transpose } from '../operations.js';
import { tf } from '../tensorflow.js';
import { type AskedPositions, spread, statesAsked } from './asked-positions.js';
import { attend, attendBackward, type SavedAttention } from './attention.js';
import type { BatchTensors } from './batch-tensors.js';
import type { Gradients } from './gradients.js';
import type { Past } from './key-value-cache.js';
import { type Linear, linear, linearBackward, linearTensors, readsInput } from './linear.js';
import { normOutput, rmsNorm, rmsNormBackward, type SavedNorm } from './rms-norm.js';
import { rotate, rotateBackward } from './rotary.js';
import { type SavedSwiglu, swiglu, swigluBackward, swigluSaving } from './swiglu.js';

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
  /** What a backward pass will collect; without it none follows, and nothing is saved for it. */
  gradients?: Gradients | undefined;
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
): { output: Tensor2D; saved: SavedBlock | undefined } {
  const attention = tf.tidy(() => attentionForward(x, block, context)); // [M, C]
  const mlp = tf.tidy(() => mlpForward(attention.output, block, context));
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
    const dAttention = attentionBackward(dMiddle, block, saved.attention, context);
    return add(spread(dMiddle, context.asked, context.batch), dAttention);
  });
}

type SavedAttentionLayer = {
  norm: SavedNorm;
  attention: SavedAttention;
  merged: Tensor2D; // [M, H·D], the heads' outputs side by side
};

/** x + attention(norm(x)) at the asked positions. */
function attentionForward(
  x: Tensor2D,
  block: Block,
  { batch, asked, count, cache, gradients }: ForwardContext,
): { output: Tensor2D; saved?: SavedAttentionLayer } {
  const { heads, kvHeads, headDim, normEpsilon } = block.config;
  const queries = asked ?? batch;
  const norm = rmsNorm(x, block.attentionNorm, normEpsilon);
  const normed = norm.output; // [N, C]
  const q = tf.tidy(() => {
    const projected = splitHeads(linear(statesAsked(normed, asked), block.q, count), headDim); // [M, H, D]
    return headsFirst(rotate(projected, queries.queryRotation), queries, kvHeads);
  });
  const k = tf.tidy(() => {
    const projected = splitHeads(linear(normed, block.k, count), headDim); // [N, K, D]
    return headsFirst(rotate(projected, batch.keyRotation), batch, kvHeads);
  });
  const v = tf.tidy(() => headsFirst(splitHeads(linear(normed, block.v, count), headDim), batch, kvHeads));
  normed.dispose();
  const { output: context, saved } = attend(
    { q, ...(cache?.extend(block.layer, { k, v }) ?? { k, v }) },
    queries.mask,
    count,
  );
  const merged = tf.tidy(() => headsLast(context, queries, heads)); // [M, H·D]
  context.dispose();
  const output = tf.tidy(() => add(statesAsked(x, asked), linear(merged, block.o, count)));
  return gradients === undefined
    ? { output }
    : { output, saved: { norm: norm.saved, attention: saved, merged } };
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
  const d = tf.tidy(() => {
    const dMerged = splitHeads(
      linearBackward(dy, block.o, () => saved.merged, context),
      headDim,
    ); // [M, H, D]
    const rowSums = sumOfLast(mul(dMerged, splitHeads(saved.merged, headDim))); // [M, H, 1]
    return attendBackward(
      headsFirst(dMerged, queries, kvHeads),
      headsFirst(rowSums, queries, kvHeads),
      saved.attention,
      count,
    );
  });
  using normed = onDemand(() => normOutput(saved.norm, block.attentionNorm)); // [N, C]
  const asking = () => statesAsked(normed.value(), asked); // [M, C]
  const fromQueries = tf.tidy(() => {
    const dq = splitHeads(headsLast(d.q, queries, heads), headDim);
    const projected = joinHeads(rotateBackward(dq, queries.queryRotation));
    return spread(linearBackward(projected, block.q, asking, context), asked, batch);
  });
  const fromKeys = tf.tidy(() => {
    const dk = splitHeads(headsLast(d.k, batch, kvHeads), headDim);
    const projected = joinHeads(rotateBackward(dk, batch.keyRotation));
    return add(fromQueries, linearBackward(projected, block.k, normed.value, context));
  });
  fromQueries.dispose();
  const dNormed = tf.tidy(() => {
    const dv = headsLast(d.v, batch, kvHeads); // [N, K·D]
    return add(fromKeys, linearBackward(dv, block.v, normed.value, context));
  });
  fromKeys.dispose();
  return rmsNormBackward(dNormed, block.attentionNorm, saved.norm, gradients);
}

type SavedMlp = {
  norm: SavedNorm;
  swiglu: SavedSwiglu;
  hidden?: Tensor2D; // [M, F], what the down projection reads, where its gradient needs it
};

/** x + mlp(norm(x)). */
function mlpForward(
  x: Tensor2D,
  block: Block,
  { count, gradients }: ForwardContext,
): { output: Tensor2D; saved?: SavedMlp } {
  const norm = rmsNorm(x, block.mlpNorm, block.config.normEpsilon);
  const [gate, up] = [linear(norm.output, block.gate, count), linear(norm.output, block.up, count)]; // [M, F]
  norm.output.dispose();
  if (gradients === undefined) {
    const hidden = swiglu(gate, up);
    tf.dispose([gate, up]);
    return { output: tf.tidy(() => add(x, linear(hidden, block.down, count))) };
  }
  const { output: hidden, saved } = swigluSaving(gate, up);
  tf.dispose([gate, up]);
  const output = tf.tidy(() => add(x, linear(hidden, block.down, count)));
  const kept = readsInput(block.down, gradients) ? { hidden } : {};
  return { output, saved: { norm: norm.saved, swiglu: saved, ...kept } };
}

function mlpBackward(dy: Tensor2D, block: Block, saved: SavedMlp, context: BackwardContext): Tensor2D {
  const { dGate, dUp } = tf.tidy(() => {
    const dHidden = linearBackward(dy, block.down, () => hiddenOf(saved), context); // [M, F]
    return swigluBackward(dHidden, saved.swiglu);
  });
  using normed = onDemand(() => normOutput(saved.norm, block.mlpNorm)); // [M, C]
  const fromGate = linearBackward(dGate, block.gate, normed.value, context);
  dGate.dispose();
  const dNormed = tf.tidy(() => add(fromGate, linearBackward(dUp, block.up, normed.value, context)));
  tf.dispose([dUp, fromGate]);
  return rmsNormBackward(dNormed, block.mlpNorm, saved.norm, context.gradients);
}

function hiddenOf({ hidden }: SavedMlp): Tensor2D {
  if (hidden !== undefined) return hidden;
  throw new Error('what the down projection has read was not saved');
}

/** A tensor that is made at its first use and freed at the end of the scope. */
function onDemand(make: () => Tensor2D): { value: () => Tensor2D } & Disposable {
  let made: Tensor2D | undefined;
  return {
    value() {
      made ??= tf.keep(make());
      return made;
    },
    [Symbol.dispose]() {
      made?.dispose();
    },
  };
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
