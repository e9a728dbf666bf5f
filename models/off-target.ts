import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { type TrainingBatch, textBatch } from './batch.js';
import { type ComputeMeter, computeMeter, type FlopCount, flopCount } from './compute-meter.js';
import type { LanguageModel } from './language-model.js';
import { NonFinite } from './non-finite.js';
import { batchKey, type PrefixCache } from './prefix-cache.js';
import { tf } from './tensorflow.js';
import { textStartLength } from './text-start.js';
import type { Tokenizer } from './tokenizer.js';
import { batchTensors } from './transformer/batch-tensors.js';
import { type DecodeOptions, decode } from './transformer/decoder.js';
import { divergences } from './transformer/divergences.js';
import { logitsAt, positionsAtOnce } from './transformer/head.js';
import { type TreatedModel, treat, treatMerged } from './treated-model.js';
import { noTreatment, type Treatment } from './treatment.js';

// N positions of a batch, C hidden, S scored positions, V vocabulary.

export interface OffTargetOptions {
  treatment?: Treatment;
  prefixes?: PrefixCache | undefined;
  meter?: ComputeMeter;
  /** Places of a batch, padding included; bounds memory. */
  maxTokens?: number;
}

/** Sums over the scored positions of one window. */
export interface OffTargetSums {
  /** Scored positions: every token but the first. */
  tokens: number;
  /** Σ KL(base‖treated) over the full vocabulary, nats. */
  kl: number;
  /** Σ KL(treated‖base), nats. */
  reverseKl: number;
  /** Σ −log p(token) under the treated model, nats. */
  nll: number;
  /** Σ −log p(token) under the base model, nats. */
  baseNll: number;
}

/**
 * What a treatment does to text it was not made for. A window's first token counts as its prompt, so that a treatment
 * of the positions after the prompt acts on the whole window; a treatment's own prompt stands where it does in items.
 * @throws when a window has fewer than two tokens or a sum is not finite
 */
export async function offTarget(
  model: LanguageModel,
  windows: readonly (readonly number[])[],
  { treatment = noTreatment, prefixes, meter = computeMeter(), maxTokens = 2048 }: OffTargetOptions = {},
): Promise<OffTargetSums[]> {
  const short = windows.findIndex((window) => window.length < 2);
  if (short >= 0) {
    throw new Error(`off-target window ${short} has ${windows[short]?.length} tokens, expected at least two`);
  }
  using base = treat(model, noTreatment);
  using treated = treatMerged(model, treatment, meter.forward);
  const how = { count: meter.forward, prefixes };
  const textStart = model.tokenizer?.textStart ?? [];
  const positions = windows.reduce((sum, { length }) => sum + length - 1, 0);
  const room = prefixes?.hasRoomFor(positions * model.config.vocabulary) ? prefixes : undefined;
  const sums: OffTargetSums[] = [];
  for (const group of inGroups(windows, maxTokens)) {
    tf.tidy(() => {
      const [before, after] = [
        read(base, textBatch(group, { textStart }), how),
        read(treated, textBatch(group, { ...treatment, textStart }), how),
      ];
      sums.push(...windowSums(before, after, { meter, room }));
    });
    await nextTurn();
  }
  checkFinite(sums);
  return sums;
}

/** Windows in their order, as many at once as fit into `maxTokens` places. */
function inGroups(windows: readonly (readonly number[])[], maxTokens: number): (readonly number[])[][] {
  const groups: (readonly number[])[][] = [];
  for (const window of windows) {
    const group = groups.at(-1) ?? [];
    const width = Math.max(window.length, ...group.map(({ length }) => length));
    if (groups.length > 0 && (group.length + 1) * width <= maxTokens) group.push(window);
    else groups.push([window]);
  }
  return groups;
}

/** Text as a model reads it: its hidden states, and the positions whose next token is scored. */
interface Reading {
  model: LanguageModel;
  /** Names model and text. */
  key: string;
  hidden: Tensor2D; // [N, C]
  /** Window by window; the same ones for every reading of the same windows. */
  scored: { position: number; row: number; target: number }[];
  rows: number;
}

function read(treated: TreatedModel, batch: TrainingBatch, how: DecodeOptions): Reading {
  const hidden = decode(treated, batch, batchTensors(batch, treated.model.config), how);
  const scored = [...batch.targets].flatMap((target, position) =>
    target < 0 ? [] : [{ position, row: Math.floor(position / batch.width), target }],
  );
  const { model } = treated;
  return { model, key: batchKey(model, batch), hidden, scored, rows: batch.rows };
}

/** Where the base model's logits are kept, if there is room for all of them. */
interface Room {
  meter: ComputeMeter;
  room: PrefixCache | undefined;
}

function windowSums(base: Reading, treated: Reading, { meter, room }: Room): OffTargetSums[] {
  const sums = Array.from({ length: base.rows }, () => ({
    tokens: 0,
    kl: 0,
    reverseKl: 0,
    nll: 0,
    baseNll: 0,
  }));
  const size = positionsAtOnce(base.model);
  for (let start = 0; start < base.scored.length; start += size) {
    const chunk = base.scored.slice(start, start + size);
    const values = tf.tidy(() => {
      const logits = (reading: Reading, count: FlopCount): Tensor2D => {
        const positions = reading.scored.slice(start, start + size).map(({ position }) => position);
        return logitsAt(reading.model, reading.hidden, positions, count); // [S, V]
      };
      const ofBase = kept(`${base.key}/logits ${start}`, { meter, room }, (count) => logits(base, count));
      const targets = tf.tensor1d(
        chunk.map(({ target }) => target),
        'int32',
      );
      return divergences(ofBase, logits(treated, meter.forward), targets).dataSync<'float32'>();
    });
    chunk.forEach(({ row }, i) => {
      const sum = sums[row];
      const [kl = Number.NaN, reverse = Number.NaN, logQ = Number.NaN, logP = Number.NaN] = values.subarray(
        i * 4,
        i * 4 + 4,
      );
      if (sum === undefined) return;
      sum.tokens += 1;
      sum.kl += kl;
      sum.reverseKl += reverse;
      sum.nll -= logQ;
      sum.baseNll -= logP;
    });
  }
  return sums;
}

/** Logits of the base model, which are the same beside every treatment; each pays for them as if it had computed them. */
function kept(name: string, { meter, room }: Room, compute: (count: FlopCount) => Tensor2D): Tensor2D {
  const spent = flopCount();
  const { values, flops } = room?.get(name) ?? { values: compute(spent), flops: spent.flops };
  meter.forward.flops += flops;
  room?.keep(name, { values, flops });
  return values;
}

function checkFinite(sums: readonly OffTargetSums[]): void {
  const wrong = sums.findIndex(({ kl, reverseKl, nll }) => ![kl, reverseKl, nll].every(Number.isFinite));
  if (wrong < 0) return;
  throw new NonFinite(
    `off-target window ${wrong} has KL ${sums[wrong]?.kl}, reverse KL ${sums[wrong]?.reverseKl} and NLL ${sums[wrong]?.nll}, expected finite numbers; the treatment may be too strong`,
  );
}

/**
 * Cuts passages into windows of at most `windowTokens` tokens, in reading order, until they hold `tokens` tokens.
 * @throws when the passages are shorter than that
 */
export function offTargetWindows(
  tokenizer: Tokenizer,
  passages: readonly string[],
  { tokens, windowTokens }: { tokens: number; windowTokens: number },
): number[][] {
  const windows: number[][] = [];
  let missing = tokens;
  for (const whole of windowsOf(tokenizer, passages, windowTokens)) {
    if (missing < 2) break;
    const window = whole.slice(0, missing);
    windows.push(window);
    missing -= window.length;
  }
  if (missing >= 2) {
    throw new Error(
      `the off-target text has ${tokens - missing} tokens, expected ${tokens}; ask for fewer or give more text`,
    );
  }
  return windows;
}

/** Up to `count` windows that follow the first `skipped` ones of `offTargetWindows`. */
export function laterWindows(
  tokenizer: Tokenizer,
  passages: readonly string[],
  { skipped, count, windowTokens }: { skipped: number; count: number; windowTokens: number },
): number[][] {
  const windows: number[][] = [];
  let seen = 0;
  for (const window of windowsOf(tokenizer, passages, windowTokens)) {
    if (windows.length === count) break;
    seen += 1;
    if (seen > skipped) windows.push(window);
  }
  return windows;
}

/**
 * All windows of the passages in reading order, tokenised as they are asked for. A rendered chat may hold what stands before
 * every text already: it has it once.
 */
function* windowsOf(
  tokenizer: Tokenizer,
  passages: readonly string[],
  windowTokens: number,
): Generator<number[]> {
  for (const passage of passages) {
    const { textStart } = tokenizer;
    const encoded = tokenizer.encode(passage);
    const ids = encoded.slice(textStartLength(encoded, textStart));
    const length = windowTokens - textStart.length;
    for (let start = 0; start < ids.length; start += length) {
      const window = [...textStart, ...ids.slice(start, start + length)];
      // A single token has no successor to be scored.
      if (window.length >= 2 + textStart.length) yield window;
    }
  }
}
