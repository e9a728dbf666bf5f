import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { type EncodedItem, promptedIds, type TokenBatch, tokenBatch } from './batch.js';
import { type ComputeMeter, computeMeter, type FlopCount } from './compute-meter.js';
import { ContextOverflow } from './context-overflow.js';
import type { LanguageModel } from './language-model.js';
import { NonFinite } from './non-finite.js';
import { sampledToken } from './sampled-token.js';
import { readPrompt, sharesPrompt } from './scoring.js';
import { tf } from './tensorflow.js';
import { type Ended, textEnd } from './text-end.js';
import { batchTensors } from './transformer/batch-tensors.js';
import { decode } from './transformer/decoder.js';
import { logitsAt } from './transformer/head.js';
import { KeyValueCache } from './transformer/key-value-cache.js';
import { type TreatedModel, treatMerged } from './treated-model.js';
import { noTreatment, type Treatment } from './treatment.js';

// B rows, T width, S positions of the cache, V vocabulary.

export interface GenerationOptions {
  maxTokens: number;
  treatment?: Treatment;
  meter?: ComputeMeter;
  /** Ends a text that holds one of these; needs a tokenizer. */
  stop?: readonly string[];
  /** Draws tokens at a temperature above 0; the most probable one each time when absent. */
  sampling?: Sampling | undefined;
  /** Places of a batch, generated ones and padding included; bounds memory. */
  maxPlaces?: number;
  onToken?: (id: number) => void;
  onProgress?: (done: number, total: number) => void;
}

export interface Sampling {
  temperature: number;
  /** A generator of numbers in [0, 1) for every prompt, so that no text depends on what it is generated beside. */
  draws: readonly (() => number)[];
}

/** What a model wrote after a prompt, and what ended it. */
export interface Generated {
  /** A token that ends the text is among them. */
  ids: number[];
  ended: Ended;
}

/**
 * Greedy continuation of a prompt: the most probable token each time, the smallest id of equals. Ends after a token
 * that ends the text (which is part of the result), after `maxTokens`, or when the context is full.
 * @throws when the prompt is empty or does not fit into the context
 */
export async function generate(
  model: LanguageModel,
  promptIds: readonly number[],
  options: GenerationOptions,
): Promise<number[]> {
  const [generated] = await generateAll(model, [{ promptIds: [...promptIds] }], options);
  return generated?.ids ?? [];
}

/**
 * Continuations of many prompts, batched by length with one key/value cache a batch; a treatment's own prompt is read
 * once a batch where it comes first. Rows that have ended leave their batch.
 * @returns one for each prompt, in their order
 * @throws when a prompt is empty or does not fit into the context; NonFinite when logits are not finite
 */
export async function generateAll(
  model: LanguageModel,
  prompts: readonly Pick<EncodedItem, 'promptIds' | 'words'>[],
  options: GenerationOptions,
): Promise<Generated[]> {
  const { treatment = noTreatment, meter = computeMeter(), maxPlaces = 8192, onProgress } = options;
  const shared = sharesPrompt(treatment, prompts) ? (treatment.prompt ?? []) : [];
  const rows = prompts.map((prompt, index): Row => {
    const ids = shared.length > 0 ? prompt.promptIds : promptedIds(prompt, treatment.prompt);
    checkPrompt(ids, shared.length, model);
    return { index, prompt: ids, ids: [], next: shared.length + ids.length };
  });
  const results = prompts.map((): Generated => ({ ids: [], ended: 'length' }));
  if (options.maxTokens < 1) return results;
  let done = 0;
  using treated = treatMerged(model, treatment, meter.forward);
  using prefix = new KeyValueCache();
  if (shared.length > 0) readPrompt(treated, shared, { keys: prefix, meter });
  const how = { ...options, treated, prefix, count: meter.forward };
  for (const row of rows.filter(({ next }) => next >= model.config.contextLength))
    results[row.index] = { ids: [], ended: 'context' };
  const open = rows.filter(({ next }) => next < model.config.contextLength);
  for (const batch of batchesByLength(open, { maxPlaces, maxTokens: options.maxTokens })) {
    for await (const { index, ...generated } of continued(batch, how)) {
      results[index] = generated;
      done += 1;
      onProgress?.(done, prompts.length);
    }
  }
  return results;
}

interface Row {
  index: number;
  prompt: number[];
  ids: number[];
  /** Place in the text of the next token. */
  next: number;
}

interface Continuing extends GenerationOptions {
  treated: TreatedModel;
  prefix: KeyValueCache;
  count: FlopCount;
}

/** Generates for one batch, row by row as they end. */
async function* continued(
  batch: readonly Row[],
  { treated, prefix, count, ...options }: Continuing,
): AsyncGenerator<Generated & { index: number }> {
  const endOf = textEnd(treated.model, options);
  using cache = prefix.repeated(batch.length);
  let running = [...batch];
  let tokens: TokenBatch = tokenBatch(batch.map(promptRow));
  let seen = batch.map(() => new Array<number>(prefix.length).fill(1));
  while (running.length > 0) {
    const next = nextTokens(treated, tokens, { cache, seen, count, running, options });
    seen = seen.map((past, row) => [...past, ...seenOf(tokens, row)]);
    const going: number[] = [];
    for (const [row, state] of running.entries()) {
      const id = next[row] ?? 0;
      state.ids.push(id);
      state.next += 1;
      options.onToken?.(id);
      const ended = endOf(state);
      if (ended === undefined) going.push(row);
      else yield { index: state.index, ids: state.ids, ended };
    }
    if (going.length < running.length) {
      if (going.length > 0) cache.keepRows(going);
      running = going.flatMap((row) => running[row] ?? []);
      seen = going.flatMap((row) => [seen[row] ?? []]);
    }
    tokens = tokenBatch(running.map(lastToken));
    await nextTurn();
  }
}

interface Step {
  cache: KeyValueCache;
  /** By row: 1 where a place of the cache is seen. */
  seen: readonly (readonly number[])[];
  count: FlopCount;
  running: readonly Row[];
  options: Pick<GenerationOptions, 'sampling'>;
}

/** The token that comes next in every row. */
function nextTokens(
  treated: TreatedModel,
  tokens: TokenBatch,
  { cache, seen, count, running, options: { sampling } }: Step,
): ArrayLike<number> {
  return tf.tidy(() => {
    const past = { pastLength: cache.length, pastSeen: Uint8Array.from(seen.flat()) };
    const tensors = batchTensors(tokens, treated.model.config, past);
    const hidden = decode(treated, tokens, tensors, { count, cache });
    const logits = logitsAt(treated.model, hidden, lastPlaces(tokens), count); // [B, V]
    checkFinite(logits, treated.model);
    if (sampling === undefined) return tf.argMax(logits, 1).dataSync<'int32'>();
    const probabilities = tf.softmax(tf.div<Tensor2D>(logits, sampling.temperature)).dataSync<'float32'>();
    const vocabulary = logits.shape[1];
    return running.map((row, place) => {
      const draw = sampling.draws[row.index]?.() ?? Number.NaN;
      return sampledToken(probabilities.subarray(place * vocabulary, (place + 1) * vocabulary), draw);
    });
  });
}

/** Prompts of similar length, as many together as fit; the order and the cut depend on the lengths alone. */
function batchesByLength(
  rows: readonly Row[],
  { maxPlaces, maxTokens }: { maxPlaces: number; maxTokens: number },
): Row[][] {
  const order = rows.toSorted((a, b) => a.next - b.next || a.index - b.index);
  const batches: Row[][] = [];
  for (const row of order) {
    const batch = batches.at(-1);
    // Ascending lengths: the newcomer is the longest.
    const fits = batch !== undefined && (batch.length + 1) * (row.next + maxTokens) <= maxPlaces;
    if (fits) batch.push(row);
    else batches.push([row]);
  }
  return batches;
}

function promptRow({ prompt, next }: Row) {
  const start = next - prompt.length;
  return { ids: prompt, positions: prompt.map((_, i) => start + i), segments: prompt.map(() => 0) };
}

function lastToken({ ids, next }: Row) {
  return { ids: ids.slice(-1), positions: [next - 1], segments: [1] };
}

/** The last place of every row that is no padding. */
function lastPlaces({ rows, width, segments }: TokenBatch): number[] {
  return Array.from({ length: rows }, (_, row) => {
    const own = segments.subarray(row * width, (row + 1) * width);
    return row * width + own.findLastIndex((segment) => segment >= 0);
  });
}

function seenOf({ width, segments }: TokenBatch, row: number): number[] {
  return [...segments.subarray(row * width, (row + 1) * width)].map((segment) => Number(segment >= 0));
}

function checkPrompt(ids: readonly number[], before: number, model: LanguageModel): void {
  if (ids.length === 0) throw new Error('the prompt has no tokens, expected at least one');
  const { contextLength } = model.config;
  if (before + ids.length <= contextLength) return;
  throw new ContextOverflow(
    `the prompt has ${before + ids.length} tokens; the context of ${model.name} holds ${contextLength}`,
  );
}

function checkFinite(logits: Tensor2D, { name }: LanguageModel): void {
  const [sum = Number.NaN] = tf.tidy(() => tf.sum(logits).dataSync<'float32'>());
  if (Number.isFinite(sum)) return;
  throw new NonFinite(
    `${name}: logits of a generated token sum to ${sum}, expected a finite number; the treatment may be too strong`,
  );
}
