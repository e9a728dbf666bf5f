import type { GeneratedAnswers } from '../schemas/generated-answers.js';
import type { PromptFormat, Scoring } from '../schemas/item.js';
import { tokenQueries } from './option-spans.js';
import { textStartLength } from './text-start.js';
import type { Tokenizer } from './tokenizer.js';
import type { Query } from './transformer/head.js';

/** A multiple-choice item as token ids. */
export interface EncodedItem {
  id: string;
  promptIds: number[];
  optionIds: number[][];
  label: number;
  /** Which tokens of the prompt are the user's words, where a chat template stands around them; all of them by default. */
  words?: { start: number; end: number };
  /** How its options are compared (models/answer-scores.ts); by their summed log-probability when absent. */
  scoring?: { rule: 'per-character'; characters: number[] } | { rule: 'prior' };
  /** Where the answer is written instead of chosen. */
  generates?: GeneratedItem;
}

/** What is asked of a model that writes its answer; the option `label` is the target in tokens. */
export interface GeneratedItem {
  target: string;
  rule: GeneratedAnswers;
  /** What training has follow the target: the token that ends a turn, so that a model learns to stop. */
  ending: number[];
}

/** How a task's items are put before a model and compared. */
export interface Asking {
  format: PromptFormat;
  scoring?: Scoring | undefined;
}

/** The items with a treatment's prompt put before what they ask. */
export function prompted(
  items: readonly EncodedItem[],
  prompt: readonly number[] = [],
): readonly EncodedItem[] {
  return prompt.length === 0
    ? items
    : items.map((item) => ({ ...item, promptIds: promptedIds(item, prompt) }));
}

/** Token ids of one prompt with a treatment's prompt put before the user's words. */
export function promptedIds(
  { promptIds, words }: Pick<EncodedItem, 'promptIds' | 'words'>,
  prompt: readonly number[] = [],
): number[] {
  const start = words?.start ?? 0;
  return [...promptIds.slice(0, start), ...prompt, ...promptIds.slice(start)];
}

/**
 * Rows of tokens as they meet the model, each padded on the right to `width`. A row is packed: a prompt once, then
 * each option, which sees the prompt and itself only. All arrays have rows · width entries.
 */
export interface TokenBatch {
  rows: number;
  width: number;
  ids: Int32Array;
  /** Place in the text as the model counts it; every option starts right after the prompt. */
  positions: Int32Array;
  /** 0 for the prompt, k ≥ 1 for option k − 1, −1 for padding. */
  segments: Int32Array;
}

/** A batch whose rows are the items `members`, in that order; they are indices into the list it was made from. */
export interface ItemBatch extends TokenBatch {
  members: number[];
}

/** A batch with, at every position, the id that should come next, or −1 where nothing is learned. */
export interface TrainingBatch extends TokenBatch {
  targets: Int32Array;
}

/**
 * Token ids of an item's prompt and options.
 * Plain: an option follows the prompt after one space, unless one of them brings white space there already.
 * Chat: the prompt is a user turn of the model's template, an option is the start of the answer as it stands.
 * @throws when the prompt or an option has no tokens
 */
export function encodeItem(
  tokenizer: Tokenizer,
  item: { id: string; prompt: string; options: readonly string[]; label: number },
  { format, scoring }: Asking,
): EncodedItem {
  const optionIds = item.options.map((option) => {
    const joined = format === 'plain' && !/\s$/.test(item.prompt) && !/^\s/.test(option);
    return tokenizer.encodeContinuation(joined ? ` ${option}` : option);
  });
  const prompt = encodePrompt(tokenizer, item.prompt, format);
  return checkedItem({
    id: item.id,
    ...prompt,
    optionIds,
    label: item.label,
    ...comparing(item.options, scoring),
    ...generating(tokenizer, item, scoring),
  });
}

function comparing(options: readonly string[], scoring: Scoring | undefined): Pick<EncodedItem, 'scoring'> {
  if (scoring === undefined || scoring === 'sum' || typeof scoring === 'object') return {};
  if (scoring === 'prior') return { scoring: { rule: 'prior' } };
  return { scoring: { rule: 'per-character', characters: options.map(({ length }) => length) } };
}

function generating(
  { endOfTurn }: Tokenizer,
  { options, label }: { options: readonly string[]; label: number },
  rule: Scoring | undefined,
): Pick<EncodedItem, 'generates'> {
  if (typeof rule !== 'object') return {};
  const ending = endOfTurn === undefined ? [] : [endOfTurn];
  return { generates: { target: options[label] ?? '', rule, ending } };
}

/** Token ids of a prompt, as plain text or as a user turn of the model's template, and which of them are the user's words. */
export function encodePrompt(
  tokenizer: Tokenizer,
  prompt: string,
  format: PromptFormat,
): Pick<EncodedItem, 'promptIds' | 'words'> {
  return format === 'plain' ? plainPrompt(tokenizer, prompt) : chatPrompt(tokenizer, prompt);
}

/** For private use, so in no template: it stands where the user's words will. */
const PLACE = '\uE000';

// The words are not looked for: a template may trim them, and its own text may hold them.
function chatPrompt(
  { encode, encodeContinuation, renderChat }: Tokenizer,
  prompt: string,
): Required<Pick<EncodedItem, 'promptIds' | 'words'>> {
  const render = (content: string) => renderChat([{ role: 'user', content }], { addGenerationPrompt: true });
  const promptIds = encode(render(prompt));
  const around = render(PLACE).split(PLACE);
  // A token may reach across into the words; it counts among them.
  const start = sharedLength(promptIds, encode(around.at(0) ?? ''));
  const after = encodeContinuation(around.at(-1) ?? '').toReversed();
  const end = promptIds.length - sharedLength(promptIds.toReversed(), after);
  return { promptIds, words: { start, end: Math.max(start, end) } };
}

/** How many ids two lists have in common at their beginning. */
function sharedLength(a: readonly number[], b: readonly number[]): number {
  const other = a.findIndex((id, at) => id !== b[at]);
  return other < 0 ? a.length : other;
}

function plainPrompt(
  { encode, textStart }: Tokenizer,
  prompt: string,
): Pick<EncodedItem, 'promptIds' | 'words'> {
  const ids = encode(prompt);
  if (textStart.length === 0) return { promptIds: ids };
  const promptIds = [...textStart, ...ids];
  return { promptIds, words: { start: textStart.length, end: promptIds.length } };
}

/** @throws when an item has an empty prompt, no option, an empty option, or a label that names none of its options */
export function checkedItem(item: EncodedItem): EncodedItem {
  const { id, promptIds, optionIds, label } = item;
  if (promptIds.length === 0) throw new Error(`item ${id}: its prompt has no tokens, expected at least one`);
  if (optionIds.length === 0) throw new Error(`item ${id}: it has no options, expected at least one`);
  const empty = optionIds.findIndex((ids) => ids.length === 0);
  if (empty >= 0) throw new Error(`item ${id}: option ${empty} has no tokens, expected at least one`);
  if (optionIds[label] === undefined) {
    throw new Error(
      `item ${id}: its label is ${label}, expected an option from 0 to ${optionIds.length - 1}`,
    );
  }
  return item;
}

export interface BatchLimits {
  /** Places of a batch, padding included; a longer item makes a batch of its own. */
  maxTokens: number;
  /** Places that take as long to compute as beginning another batch does. */
  batchCost: number;
}

/**
 * Groups items of similar length into batches so that padding and beginnings of batches together cost least. The
 * grouping depends on the lengths alone.
 */
export function batchesOf(items: readonly EncodedItem[], limits: BatchLimits): ItemBatch[] {
  const lengths = items.map(packedLength);
  const order = items.map((_, index) => index);
  order.sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b);
  const ascending = order.map((index) => lengths[index] ?? 0);
  return cheapestCuts(ascending, limits).map(({ from, to }) => {
    const members = order.slice(from, to);
    const rows = members.flatMap((index) => items[index] ?? []).map(packedRow);
    return { ...tokenBatch(rows), members };
  });
}

/** Ascending lengths cut into runs, of which each is padded to its last. */
function cheapestCuts(
  lengths: readonly number[],
  { maxTokens, batchCost }: BatchLimits,
): { from: number; to: number }[] {
  // The cheapest way to have made batches of the first `end` items, and where its last batch begins.
  const best = [{ cost: 0, from: 0 }];
  for (let end = 1; end <= lengths.length; end++) {
    const width = lengths[end - 1] ?? 0;
    let found = { cost: Number.POSITIVE_INFINITY, from: end - 1 };
    for (let from = end - 1; from >= 0; from--) {
      const places = (end - from) * width;
      if (from < end - 1 && places > maxTokens) break;
      const cost = (best[from]?.cost ?? 0) + places + batchCost;
      if (cost < found.cost) found = { cost, from };
    }
    best.push(found);
  }
  const cuts: { from: number; to: number }[] = [];
  for (let to = lengths.length; to > 0; to = cuts[0]?.from ?? 0) {
    cuts.unshift({ from: best[to]?.from ?? 0, to });
  }
  return cuts;
}

/**
 * One row per item: the prompt and the right option (with what ends it, where answers are generated), whose tokens are the
 * targets; after the last nothing is asked, so it is no input.
 */
export function trainingBatch(items: readonly EncodedItem[]): TrainingBatch {
  const rows = items.map((item) => {
    const answer = [...(item.optionIds[item.label] ?? []), ...(item.generates?.ending ?? [])];
    return { item, row: packedRow({ ...item, optionIds: [answer.slice(0, -1)] }), answer };
  });
  const batch = tokenBatch(rows.map(({ row }) => row));
  const targets = new Int32Array(batch.rows * batch.width).fill(-1);
  rows.forEach(({ item, answer }, row) => {
    targets.set(answer, row * batch.width + item.promptIds.length - 1);
  });
  return { ...batch, targets };
}

/** A token of one of the two options of a pair, asked for at the position before it. */
export interface PairQuery extends Query {
  row: number;
  side: 'right' | 'wrong';
}

/** One row per item: the prompt, the right option and one wrong one (without their last tokens), each seeing the prompt and itself. */
export function pairBatch(pairs: readonly { item: EncodedItem; wrong: number }[]): {
  batch: TokenBatch;
  queries: PairQuery[];
} {
  const sides = pairs.map(({ item, wrong }) => ({
    item,
    options: [item.optionIds[item.label] ?? [], item.optionIds[wrong] ?? []],
  }));
  const batch = tokenBatch(
    sides.map(({ item, options }) =>
      packedRow({ promptIds: item.promptIds, optionIds: options.map((ids) => ids.slice(0, -1)) }),
    ),
  );
  const queries = sides.flatMap(({ item, options: [right = [], wrong = []] }, row) => {
    const promptEnd = row * batch.width + item.promptIds.length - 1;
    const asked = (ids: readonly number[], start: number, side: PairQuery['side']) =>
      tokenQueries({ promptEnd, start, ids }).map((query) => ({ ...query, row, side }));
    const start = promptEnd + 1;
    return [...asked(right, start, 'right'), ...asked(wrong, start + right.length - 1, 'wrong')];
  });
  return { batch, queries };
}

/**
 * Running text, one window a row: `prompt` and what the window begins with, which is `textStart` or its first token, count
 * as the prompt, the others as what follows it. As in an item, `prompt` stands before the text and after its start.
 */
export function textBatch(
  windows: readonly (readonly number[])[],
  { prompt = [], textStart = [] }: { prompt?: readonly number[]; textStart?: readonly number[] } = {},
): TrainingBatch {
  const texts = windows.map((ids) => {
    const start = textStartLength(ids, textStart);
    const end = Math.max(1, start);
    const words = { start, end };
    return { promptIds: promptedIds({ promptIds: ids.slice(0, end), words }, prompt), rest: ids.slice(end) };
  });
  const batch = tokenBatch(texts.map(({ promptIds, rest }) => packedRow({ promptIds, optionIds: [rest] })));
  const targets = new Int32Array(batch.rows * batch.width).fill(-1);
  texts.forEach(({ promptIds, rest }, row) => {
    targets.set(rest, row * batch.width + promptIds.length - 1);
  });
  return { ...batch, targets };
}

/** One row of text whose first token stands at `start`. */
export function textRow(
  ids: readonly number[],
  { start, segment }: { start: number; segment: number },
): TokenBatch {
  return {
    rows: 1,
    width: ids.length,
    ids: Int32Array.from(ids),
    positions: Int32Array.from(ids, (_, i) => start + i),
    segments: new Int32Array(ids.length).fill(segment),
  };
}

interface Row {
  ids: number[];
  positions: number[];
  segments: number[];
}

function packedLength({ promptIds, optionIds }: EncodedItem): number {
  return optionIds.reduce((length, ids) => length + ids.length, promptIds.length);
}

/** A prompt and its options as one row. */
export function packedRow({ promptIds, optionIds }: Pick<EncodedItem, 'promptIds' | 'optionIds'>): Row {
  const start = promptIds.length;
  return {
    ids: [...promptIds, ...optionIds.flat()],
    positions: [...promptIds.keys(), ...optionIds.flatMap((ids) => ids.map((_, j) => start + j))],
    segments: [...promptIds.map(() => 0), ...optionIds.flatMap((ids, k) => ids.map(() => k + 1))],
  };
}

/** Rows padded on the right to the longest. */
export function tokenBatch(rows: readonly Row[]): TokenBatch {
  const width = Math.max(...rows.map((row) => row.ids.length));
  const batch: TokenBatch = {
    rows: rows.length,
    width,
    ids: new Int32Array(rows.length * width),
    positions: new Int32Array(rows.length * width),
    segments: new Int32Array(rows.length * width).fill(-1),
  };
  rows.forEach((row, index) => {
    batch.ids.set(row.ids, index * width);
    batch.positions.set(row.positions, index * width);
    batch.segments.set(row.segments, index * width);
  });
  return batch;
}
