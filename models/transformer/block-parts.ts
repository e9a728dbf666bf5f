import type { Tensor } from '@tensorflow/tfjs-core';
import type { FlopCount } from '../compute-meter.js';
import type { TransformerConfig } from '../config.js';
import type { AskedPositions } from './asked-positions.js';
import type { BatchTensors } from './batch-tensors.js';
import type { Gradients } from './gradients.js';
import type { Past } from './key-value-cache.js';
import { type Linear, linearTensors } from './linear.js';
import { type Norm, normTensors } from './norm.js';

// C hidden, H heads, K key/value heads, D channels of a head, F intermediate.

/** The weights of one decoder block, with the low-rank updates that act on them. */
export interface Block {
  layer: number;
  config: TransformerConfig;
  attentionNorm: Norm; // [C]
  q: Linear; // [H·D, C]
  k: Linear; // [K·D, C]
  v: Linear; // [K·D, C]
  queryNorm?: Norm; // [D]
  keyNorm?: Norm; // [D]
  o: Linear; // [C, H·D]
  attentionOutputNorm?: Norm; // [C]
  mlpNorm: Norm; // [C]
  gate?: Linear; // [F, C]
  up: Linear; // [F, C]
  down: Linear; // [C, F]
  mlpOutputNorm?: Norm; // [C]
}

/** The tensors that a block computes with, those of its low-rank updates included. */
export function blockTensors(block: Block): Tensor[] {
  const { q, k, v, o, gate, up, down } = block;
  const norms = [
    block.attentionNorm,
    block.queryNorm,
    block.keyNorm,
    block.attentionOutputNorm,
    block.mlpNorm,
    block.mlpOutputNorm,
  ];
  const linears = [q, k, v, o, ...(gate === undefined ? [] : [gate]), up, down];
  return [...norms.flatMap(normTensors), ...linears.flatMap(linearTensors)];
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
