import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { TokenBatch } from '../batch.js';
import { chargePrefix, type FlopCount, flopCount } from '../compute-meter.js';
import { type LanguageModel, matrix } from '../language-model.js';
import { batchKey, type PrefixCache } from '../prefix-cache.js';
import { tf } from '../tensorflow.js';
import type { TreatedModel } from '../treated-model.js';
import type { BatchTensors } from './batch-tensors.js';
import { blockForward } from './block.js';
import { intervene } from './interventions.js';
import type { Past } from './key-value-cache.js';

// N positions of a batch, C hidden.

export interface DecodeOptions {
  count: FlopCount;
  prefixes?: PrefixCache | undefined;
  cache?: Past;
  /** Stops before this block; all blocks by default. */
  until?: number;
  /** Sees each block's output with its interventions, [N, C]; the tensor is not the callee's to keep. */
  onOutput?: (layer: number, hidden: Tensor2D) => void;
}

/** Hidden states after the last block (before the final norm), [N, C]; the caller disposes them. */
export function decode(
  treated: TreatedModel,
  tokens: TokenBatch,
  batch: BatchTensors,
  { count, prefixes, cache, until = treated.blocks.length, onOutput }: DecodeOptions,
): Tensor2D {
  // An observer wants to see every output, a key/value cache to be filled by every block.
  const start = onOutput === undefined && cache === undefined ? Math.min(treated.firstTouched, until) : 0;
  const context = { batch, count, cache };
  let hidden = baseState(treated, tokens, batch, { layer: start, count, prefixes });
  if (start > 0) hidden = replaced(hidden, (x) => intervene(x, start - 1, treated.interventions, context));
  for (const block of treated.blocks.slice(start, until)) {
    hidden = replaced(hidden, (x) => {
      const { output } = blockForward(x, block, context);
      return intervene(output, block.layer, treated.interventions, context);
    });
    onOutput?.(block.layer, hidden);
  }
  return hidden;
}

/**
 * What enters block `layer` under the base model, [N, C], taken from the cache as far as it reaches; the caller
 * disposes it. `layer` must not be above the treatment's first touched one.
 */
export function baseState(
  { model, blocks }: TreatedModel,
  tokens: TokenBatch,
  batch: BatchTensors,
  { layer, count, prefixes }: { layer: number; count: FlopCount; prefixes: PrefixCache | undefined },
): Tensor2D {
  if (layer === 0) return embed(model, batch);
  const key = batchKey(model, tokens);
  const cached = prefixes?.nearest(key, layer);
  const spent = flopCount(cached?.flops);
  let hidden = cached?.hidden ?? embed(model, batch);
  for (const block of blocks.slice(cached?.layer ?? 0, layer)) {
    hidden = replaced(hidden, (x) => blockForward(x, block, { batch, count: spent }).output);
  }
  if (prefixes === undefined) count.flops += spent.flops;
  else chargePrefix(count, key, spent.flops);
  prefixes?.put(key, layer, { hidden, flops: spent.flops });
  return hidden;
}

function embed(model: LanguageModel, batch: BatchTensors): Tensor2D {
  return tf.gather(matrix(model, 'model.embed_tokens.weight'), batch.ids);
}

/** Computes the next state and frees the one before it together with all temporaries. */
function replaced(hidden: Tensor2D, next: (x: Tensor2D) => Tensor2D): Tensor2D {
  const result = tf.tidy(() => next(hidden));
  hidden.dispose();
  return result;
}
