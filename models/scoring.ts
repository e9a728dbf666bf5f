import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { batchesOf, checkedItem, type EncodedItem, type ItemBatch, prompted } from './batch.js';
import { type ComputeMeter, computeMeter } from './compute-meter.js';
import type { LanguageModel } from './language-model.js';
import { NonFinite } from './non-finite.js';
import { type OptionSpan, optionSpans } from './option-spans.js';
import type { PrefixCache } from './prefix-cache.js';
import { tf } from './tensorflow.js';
import { batchTensors } from './transformer/batch-tensors.js';
import { type DecodeOptions, decode } from './transformer/decoder.js';
import { logProbabilities, type Query } from './transformer/head.js';
import { meanDirection } from './transformer/interventions.js';
import { type TreatedModel, treatMerged } from './treated-model.js';
import { noTreatment, type Treatment } from './treatment.js';

export interface ScoringOptions {
  treatment?: Treatment;
  prefixes?: PrefixCache | undefined;
  meter?: ComputeMeter;
  /** Places of a batch, padding included; bounds memory. */
  maxTokens?: number;
  onProgress?: (done: number, total: number) => void;
}

/**
 * The log-probability of every option after its prompt, summed over the option's tokens, in nats: item → option.
 * @throws when an item is longer than the model's context or a result is not finite
 */
export async function scoreOptions(
  model: LanguageModel,
  items: readonly EncodedItem[],
  options: ScoringOptions = {},
): Promise<number[][]> {
  const meter = options.meter ?? computeMeter();
  const scores = items.map((item) => item.optionIds.map(() => 0));
  const asking = prompted(items, options.treatment?.prompt);
  await decodeBatches(model, asking, { ...options, meter }, (batch, run, treated) => {
    const asked = optionSpans(asking, batch).flatMap(scoredTokens);
    const hidden = run({});
    const values = logProbabilities(treated.model, hidden, asked, meter.forward);
    asked.forEach(({ item, option }, i) => {
      const ofItem = scores[item] ?? [];
      ofItem[option] = (ofItem[option] ?? Number.NaN) + (values[i] ?? Number.NaN);
    });
  });
  for (const [index, item] of items.entries()) checkFinite(item, scores[index] ?? [], model);
  return scores;
}

/**
 * Hidden states at the last token of every option: layer → item → option → [C], the outputs of those blocks.
 * @param options.layers blocks whose outputs are wanted; those above the highest are not computed
 */
export async function optionActivations(
  model: LanguageModel,
  items: readonly EncodedItem[],
  { layers, ...options }: ScoringOptions & { layers: readonly number[] },
): Promise<Map<number, Float32Array[][]>> {
  const meter = options.meter ?? computeMeter();
  const wanted = new Set(layers);
  const missing = layers.find(
    (layer) => !Number.isInteger(layer) || layer < 0 || layer >= model.config.layers,
  );
  if (missing !== undefined) {
    throw new Error(`there is no layer ${missing}; ${model.name} has layers 0 to ${model.config.layers - 1}`);
  }
  const activations = new Map(layers.map((layer) => [layer, items.map((): Float32Array[] => [])]));
  const asking = prompted(items, options.treatment?.prompt);
  await decodeBatches(model, asking, { ...options, meter }, (batch, run) => {
    const ends = optionSpans(asking, batch).map(({ item, start, ids }) => ({
      item,
      position: start + ids.length - 1,
    }));
    const onOutput = (layer: number, hidden: Tensor2D) => {
      if (!wanted.has(layer)) return;
      const rows = gatherRows(
        hidden,
        ends.map(({ position }) => position),
      );
      for (const [i, { item }] of ends.entries()) {
        activations.get(layer)?.[item]?.push(rows[i] ?? new Float32Array());
      }
    };
    run({ until: Math.max(-1, ...layers) + 1, onOutput });
  });
  return activations;
}

/**
 * The mean direction of the hidden states over each text, as a gate sees it at the text's last token: layer → text → [C].
 * @throws when a text is empty
 */
export async function meanDirections(
  model: LanguageModel,
  texts: readonly (readonly number[])[],
  { layers, ...options }: ScoringOptions & { layers: readonly number[] },
): Promise<Map<number, Float32Array[]>> {
  const meter = options.meter ?? computeMeter();
  const items = texts.map((ids, index) =>
    checkedItem({ id: `text ${index}`, promptIds: ids.slice(0, -1), optionIds: [ids.slice(-1)], label: 0 }),
  );
  const means = new Map(layers.map((layer) => [layer, texts.map((): Float32Array => new Float32Array())]));
  await decodeBatches(model, items, { ...options, meter }, (batch, run) => {
    const tensors = batchTensors(batch, model.config);
    const ends = optionSpans(items, batch).map(({ item, start }) => ({ item, position: start }));
    const positions = ends.map(({ position }) => position);
    const onOutput = (layer: number, hidden: Tensor2D) => {
      const ofLayer = means.get(layer);
      if (ofLayer === undefined) return;
      const context = { batch: tensors, count: meter.forward };
      const rows = tf.tidy(() => gatherRows(meanDirection(hidden, ofLayer, context), positions));
      for (const [i, { item }] of ends.entries()) ofLayer[item] = rows[i] ?? new Float32Array();
    };
    run({ until: Math.max(-1, ...layers) + 1, onOutput });
  });
  return means;
}

type RunBatch = (options: Pick<DecodeOptions, 'until' | 'onOutput'>) => Tensor2D;

/** Runs `visit` on every batch; `run` computes its hidden states, [N, C], which live until `visit` returns. */
async function decodeBatches(
  model: LanguageModel,
  items: readonly EncodedItem[],
  options: ScoringOptions & { meter: ComputeMeter },
  visit: (batch: ItemBatch, run: RunBatch, treated: TreatedModel) => void,
): Promise<void> {
  const { treatment = noTreatment, maxTokens = 2048, meter, prefixes, onProgress } = options;
  using treated: TreatedModel = treatMerged(model, treatment, meter.forward);
  let done = 0;
  for (const batch of batchesOf(items, { maxTokens })) {
    tf.tidy(() => {
      const tensors = batchTensors(batch, model.config);
      const run: RunBatch = (how) =>
        decode(treated, batch, tensors, { ...how, count: meter.forward, prefixes });
      visit(batch, run, treated);
    });
    done += batch.members.length;
    onProgress?.(done, items.length);
    // Lets messages and signals through between batches; a batch itself blocks.
    await nextTurn();
  }
}

interface ScoredToken extends Query {
  item: number;
  option: number;
}

/** Every token of an option, asked for at the position before it. */
function scoredTokens({ item, option, promptEnd, start, ids }: OptionSpan): ScoredToken[] {
  return ids.map((target, j) => ({ item, option, position: j === 0 ? promptEnd : start + j - 1, target }));
}

function gatherRows(hidden: Tensor2D, positions: readonly number[]): Float32Array[] {
  const channels = hidden.shape[1];
  const values = tf.tidy(() => tf.gather(hidden, tf.tensor1d([...positions], 'int32')).dataSync<'float32'>());
  return positions.map((_, row) => values.slice(row * channels, (row + 1) * channels));
}

function checkFinite(item: EncodedItem, scores: readonly number[], model: LanguageModel): void {
  const wrong = scores.findIndex((score) => !Number.isFinite(score));
  if (wrong < 0) return;
  throw new NonFinite(
    `${model.name}: the log-probability of option ${wrong} of item ${item.id} is ${scores[wrong]}, expected a finite number; the treatment may be too strong`,
  );
}
