import { setImmediate as nextTurn } from 'node:timers/promises';
import { textRow } from './batch.js';
import { computeMeter } from './compute-meter.js';
import type { LanguageModel } from './language-model.js';
import { tf } from './tensorflow.js';
import { batchTensors } from './transformer/batch-tensors.js';
import { decode } from './transformer/decoder.js';
import { logitsAt } from './transformer/head.js';
import { KeyValueCache } from './transformer/key-value-cache.js';
import { treatMerged } from './treated-model.js';
import { noTreatment, type Treatment } from './treatment.js';

export interface GenerationOptions {
  maxTokens: number;
  treatment?: Treatment;
  onToken?: (id: number) => void;
}

/**
 * Greedy continuation of a prompt: the most probable token each time, the smallest id of equals. Ends after a token
 * that ends the text (which is part of the result), after `maxTokens`, or when the context is full.
 * @throws when the prompt is empty or does not fit into the context
 */
export async function generate(
  model: LanguageModel,
  promptIds: readonly number[],
  { maxTokens, treatment = noTreatment, onToken }: GenerationOptions,
): Promise<number[]> {
  if (promptIds.length === 0) throw new Error('the prompt has no tokens, expected at least one');
  const { contextLength } = model.config;
  if (promptIds.length > contextLength) {
    throw new Error(
      `the prompt has ${promptIds.length} tokens; the context of ${model.name} holds ${contextLength}`,
    );
  }
  const stops = new Set([...model.config.eosTokenIds, model.tokenizer?.endOfTurn]);
  const count = computeMeter().forward;
  using treated = treatMerged(model, treatment, count);
  using cache = new KeyValueCache();
  const room = Math.min(maxTokens, contextLength - promptIds.length);
  const generated: number[] = [];
  let batch = textRow(promptIds, { start: 0, segment: 0 });
  while (generated.length < room) {
    const next = tf.tidy(() => {
      const tensors = batchTensors(batch, model.config, { pastLength: cache.length });
      const hidden = decode(treated, batch, tensors, { count, cache });
      const logits = logitsAt(treated.model, hidden, [batch.width - 1], count); // [1, V]
      return tf.argMax(logits, 1).dataSync<'int32'>()[0];
    });
    if (next === undefined) throw new Error('the most probable token of no logits was asked for');
    generated.push(next);
    onToken?.(next);
    if (stops.has(next)) break;
    batch = textRow([next], { start: promptIds.length + generated.length - 1, segment: 1 });
    await nextTurn();
  }
  return generated;
}
