import type { EncodedItem } from '../models/batch.js';
import { computeMeter, nothingSpent, plus, type Spent, spentBy } from '../models/compute-meter.js';
import type { LanguageModel } from '../models/language-model.js';
import type { PrefixCache } from '../models/prefix-cache.js';
import { optionActivations } from '../models/scoring.js';
import type { Treatment } from '../models/treatment.js';
import { Unfit } from './method.js';
import { type OwnSampling, withOwnSamples } from './own-samples.js';

/** Activations of one item at the last token of its options: of the right one, and the mean over the wrong ones, [C]. */
export interface ContrastPair {
  right: Float32Array;
  wrong: Float32Array;
}

/** Contrast pairs of some items, and the cost of reading them. */
export interface Contrasts {
  byLayer: ReadonlyMap<number, readonly ContrastPair[]>;
  spent: Spent;
}

export interface ContrastReader {
  /**
   * The items with a wrong answer each: as they are where they have one, else with one that the base model wrote. Items that
   * the base model never got wrong are left out.
   * @throws Unfit when none is left
   */
  withWrong(items: readonly EncodedItem[]): Promise<{ items: readonly EncodedItem[]; spent: Spent }>;
  /**
   * Reads the contrasts of items at the outputs of blocks (CAA, Rimsky et al. 2023, eq. 1, before the mean).
   * @param under activations are read from the model under this treatment; the base model by default
   */
  read(
    items: readonly EncodedItem[],
    options: { layers: readonly number[]; under?: Treatment },
  ): Promise<Contrasts>;
}

/**
 * Examples that are read together: sixteen, and then as many as there were before, up to 256. The cut depends on their order
 * alone, so that nested budgets share all whole chunks; thousands of examples of a tiny model are not read by the dozen.
 */
const CHUNK = { first: 16, largest: 256 };

/**
 * Reads the base model's contrasts chunk by chunk of the items in their order, each once: nested budgets read little anew,
 * and what a cell of n examples is made of and charged depends on these n alone. So with the wrong answers that the base
 * model writes where a task gives none.
 */
export function contrastReader(source: ContrastSource): ContrastReader {
  const sampled = remembered((chunk) => wrongAnswers(chunk, source));
  const readers = new Map<string, OfItems<Contrasts>>();
  const readerAt = (layers: readonly number[]) => {
    const key = layers.join();
    const reader =
      readers.get(key) ?? remembered((chunk) => readChunk(chunk, { ...source, sampled, layers }));
    readers.set(key, reader);
    return reader;
  };
  const withWrong: ContrastReader['withWrong'] = async (items) => {
    const chunks = await inChunks(items, sampled);
    const found = chunks.flatMap((chunk) => chunk.items);
    if (found.length === 0)
      throw new Unfit(
        `the base model got none of the ${items.length} examples wrong, which leaves no contrast`,
      );
    return { items: found, spent: chunks.map(({ spent }) => spent).reduce(plus, nothingSpent) };
  };
  return {
    withWrong,
    async read(items, { layers, under }) {
      const wanted = [...new Set(layers)].sort((a, b) => a - b);
      const { items: whole, spent } = await withWrong(items);
      if (under === undefined) return joined(wanted, await inChunks(items, readerAt(wanted)));
      // All at once: the treatment's weights are merged for every pass.
      const contrasts = await readPass(whole, { ...source, layers: wanted, under });
      return { ...contrasts, spent: plus(contrasts.spent, spent) };
    },
  };
}

interface ContrastSource {
  model: LanguageModel;
  prefixes: PrefixCache;
  sampling?: OwnSampling;
}

type OfItems<T> = (items: readonly EncodedItem[]) => Promise<T>;

async function inChunks<T>(items: readonly EncodedItem[], work: OfItems<T>): Promise<T[]> {
  const done: T[] = [];
  let start = 0;
  while (start < items.length) {
    const end = start + Math.min(Math.max(start, CHUNK.first), CHUNK.largest);
    done.push(await work(items.slice(start, end)));
    start = end;
  }
  return done;
}

/** Does the work once for the same items, whose names say what they are. */
function remembered<T>(work: OfItems<T>): OfItems<T> {
  const known = new Map<string, Promise<T>>();
  return (items) => {
    const key = items.map(({ id }) => id).join(' ');
    const found = known.get(key) ?? work(items);
    known.set(key, found);
    return found;
  };
}

/** Contrasts of chunks as those of all their items. */
function joined(layers: readonly number[], chunks: readonly Contrasts[]): Contrasts {
  return {
    byLayer: new Map(
      layers.map((layer) => [layer, chunks.flatMap(({ byLayer }) => byLayer.get(layer) ?? [])]),
    ),
    spent: chunks.map(({ spent }) => spent).reduce(plus, nothingSpent),
  };
}

interface WithWrong {
  items: readonly EncodedItem[];
  spent: Spent;
}

async function readChunk(
  chunk: readonly EncodedItem[],
  { sampled, ...how }: ContrastSource & { sampled: OfItems<WithWrong>; layers: readonly number[] },
): Promise<Contrasts> {
  const { items, spent } = await sampled(chunk);
  const contrasts = await readPass(items, how);
  return { ...contrasts, spent: plus(contrasts.spent, spent) };
}

/** Items that have options as they are; else with what the base model wrote, those that it never got wrong left out. */
async function wrongAnswers(
  items: readonly EncodedItem[],
  { model, sampling }: ContrastSource,
): Promise<WithWrong> {
  if (items.every(({ optionIds }) => optionIds.length > 1)) return { items, spent: nothingSpent };
  if (sampling === undefined) throw new Unfit('its items have one option each, which leaves no contrast');
  const { byItem, spent } = await withOwnSamples(model, items, sampling);
  return { items: items.flatMap((item) => byItem.get(item) ?? []), spent };
}

async function readPass(
  items: readonly EncodedItem[],
  { model, prefixes, layers, under }: ContrastSource & { layers: readonly number[]; under?: Treatment },
): Promise<Contrasts> {
  const meter = computeMeter();
  const options = { layers, prefixes, meter, ...(under && { treatment: under }) };
  const activations = await optionActivations(model, items, options);
  const byLayer = new Map(
    [...activations].map(([layer, rows]) => [
      layer,
      rows.map((ofOptions, index) => contrastPair(ofOptions, items[index]?.label ?? 0)),
    ]),
  );
  return { byLayer, spent: spentBy(meter) };
}

function contrastPair(options: readonly Float32Array[], label: number): ContrastPair {
  const right = options[label];
  const others = options.filter((_, index) => index !== label);
  if (right === undefined || others.length === 0)
    throw new Error(`label ${label} of ${options.length} options leaves no contrast`);
  const wrong = right.map(
    (_, c) => others.reduce((sum, option) => sum + (option[c] ?? 0), 0) / others.length,
  );
  return { right, wrong };
}

/** right − wrong of every pair, [C] each. */
export function differences(pairs: readonly ContrastPair[]): Float32Array[] {
  return pairs.map(({ right, wrong }) => right.map((value, c) => value - (wrong[c] ?? 0)));
}
