import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { TokenBatch } from '../batch.js';
import { chargePrefix, type FlopCount, flopCount } from '../compute-meter.js';
import { type LanguageModel, matrix } from '../language-model.js';
import { chain, scale } from '../operations.js';
import { batchKey, type PrefixCache } from '../prefix-cache.js';
import { tf } from '../tensorflow.js';
import type { TreatedModel } from '../treated-model.js';
import type { AskedPositions } from './asked-positions.js';
import type { BatchTensors } from './batch-tensors.js';
import { blockForward } from './block.js';
import { intervene } from './interventions.js';
import type { Past } from './key-value-cache.js';

// N positions of a batch, M of them asked for, C hidden.

export interface DecodeOptions {
  count: FlopCount;
  prefixes?: PrefixCache | undefined;
  cache?: Past;
  /** The positions wanted after the last block; all of the batch, by default. */
  asked?: AskedPositions | undefined;
  /** Stops before this block; all blocks by default. */
  until?: number;
  /** Sees each block's output with its interventions, [N, C]; the tensor is not the callee's to keep. */
  onOutput?: (layer: number, hidden: Tensor2D) => void;
}

/** Hidden states after the last block (before the final norm), [M, C]; the caller disposes them. */
export function decode(
  treated: TreatedModel,
  tokens: TokenBatch,
  batch: BatchTensors,
  { count, prefixes, cache, asked, until = treated.blocks.length, onOutput }: DecodeOptions,
): Tensor2D {
  // An observer wants to see every output, a key/value cache to be filled by every block.
  const start = onOutput === undefined && cache === undefined ? Math.min(treated.firstTouched, until) : 0;
  const contextOf = contexts(treated, { batch, count, cache }, asked);
  let hidden = baseState(treated, tokens, batch, { layer: start, count, prefixes, asked });
  if (start > 0) {
    hidden = replaced(hidden, (x) => intervene(x, start - 1, treated.interventions, contextOf(start - 1)));
  }
  for (const block of treated.blocks.slice(start, until)) {
    hidden = replaced(hidden, (x) => {
      const context = contextOf(block.layer);
      const { output } = blockForward(x, block, context);
      return intervene(output, block.layer, treated.interventions, context);
    });
    onOutput?.(block.layer, hidden);
  }
  return hidden;
}

/** What a block and the interventions on its output compute in: the last block's states are of the asked positions only. */
export function contexts<C extends object>(
  { blocks }: TreatedModel,
  context: C,
  asked: AskedPositions | undefined,
): (layer: number) => C & { asked?: AskedPositions } {
  const ofLast = asked === undefined ? context : { ...context, asked };
  return (layer) => (layer === blocks.length - 1 ? ofLast : context);
}

export interface BaseStateOptions extends Pick<DecodeOptions, 'count' | 'prefixes' | 'asked'> {
  layer: number;
}

/**
 * What enters block `layer` under the base model, [N, C] ([M, C] after the last block), taken from the cache as far as it reaches; the caller
 * disposes it. `layer` must not be above the treatment's first touched one.
 */
export function baseState(
  treated: TreatedModel,
  tokens: TokenBatch,
  batch: BatchTensors,
  { layer, count, prefixes, asked }: BaseStateOptions,
): Tensor2D {
  const { model, blocks } = treated;
  if (layer === 0) return embed(model, batch);
  const key = batchKey(model, tokens);
  const isPartial = layer === blocks.length && asked?.index !== undefined;
  const place = isPartial ? `${key}/${asked.key}` : key;
  const cached =
    prefixes?.nearest(place, layer) ?? (isPartial ? prefixes?.nearest(key, layer - 1) : undefined);
  const spent = flopCount(cached?.flops);
  const contextOf = contexts(treated, { batch, count: spent }, asked);
  let hidden = cached?.values ?? embed(model, batch);
  for (const block of blocks.slice(cached?.layer ?? 0, layer)) {
    hidden = replaced(hidden, (x) => blockForward(x, block, contextOf(block.layer)).output);
  }
  if (prefixes === undefined) count.flops += spent.flops;
  else chargePrefix(count, key, spent.flops);
  prefixes?.put(place, layer, { values: hidden, flops: spent.flops });
  return hidden;
}

function embed(model: LanguageModel, batch: BatchTensors): Tensor2D {
  const { embeddingScale } = model.config;
  const rows = tf.gather(matrix(model, 'model.embed_tokens.weight'), batch.ids);
  return embeddingScale === undefined ? rows : chain(rows, (x) => scale(x, embeddingScale));
}

/** Computes the next state and frees the one before it together with all temporaries. */
function replaced(hidden: Tensor2D, next: (x: Tensor2D) => Tensor2D): Tensor2D {
  const result = tf.tidy(() => next(hidden));
  hidden.dispose();
  return result;
}
