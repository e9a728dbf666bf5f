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
 * Reads the base model's contrasts of all of `pool` in one pass and hands out those that are asked for: one pass serves
 * every budget, and a cell's numbers do not depend on which cells were computed before it. So with the wrong answers that
 * the base model writes where a task gives none.
 */
export function contrastReader(
  { model, prefixes, sampling }: { model: LanguageModel; prefixes: PrefixCache; sampling?: OwnSampling },
  pool: readonly EncodedItem[],
): ContrastReader {
  const passes = new Map<string, Promise<Pass>>();
  const withWrong = wrongAnswers({ model, sampling }, pool);
  const readPool = async (layers: readonly number[]): Promise<Pass> => {
    const key = layers.join();
    const whole = (await withWrong(pool)).items;
    const pass = passes.get(key) ?? readPass(whole, { model, prefixes, layers });
    passes.set(key, pass);
    return pass;
  };
  const pooled = new Set(pool);
  return {
    withWrong,
    async read(items, { layers, under }) {
      const wanted = [...new Set(layers)].sort((a, b) => a - b);
      const isPooled = under === undefined && items.every((item) => pooled.has(item));
      const { items: whole, spent } = await withWrong(items);
      const pass = isPooled
        ? await readPool(wanted)
        : await readPass(whole, { model, prefixes, layers: wanted, ...(under && { under }) });
      const contrasts = chosenFrom(pass, whole);
      return { ...contrasts, spent: plus(contrasts.spent, spent) };
    },
  };
}

/** Of items that have options the same ones; else those of one sampling pass over `pool`, or over what is not of it. */
function wrongAnswers(
  { model, sampling }: { model: LanguageModel; sampling: OwnSampling | undefined },
  pool: readonly EncodedItem[],
): ContrastReader['withWrong'] {
  const pooled = new Set(pool);
  let ofPool: ReturnType<typeof withOwnSamples> | undefined;
  return async (items) => {
    if (items.every(({ optionIds }) => optionIds.length > 1)) return { items, spent: nothingSpent };
    if (sampling === undefined) throw new Unfit('its items have one option each, which leaves no contrast');
    const isPooled = items.every((item) => pooled.has(item));
    if (isPooled) ofPool ??= withOwnSamples(model, pool, sampling);
    const asked = isPooled ? pool : items;
    const { byItem, spent } = await (isPooled && ofPool ? ofPool : withOwnSamples(model, items, sampling));
    const found = items.flatMap((item) => byItem.get(item) ?? []);
    if (found.length === 0)
      throw new Unfit(
        `the base model got none of the ${items.length} examples wrong, which leaves no contrast`,
      );
    return { items: found, spent: shareOf(spent, { items, all: asked }) };
  };
}

interface Pass {
  items: readonly EncodedItem[];
  byLayer: Map<number, ContrastPair[]>;
  spent: Spent;
}

async function readPass(
  items: readonly EncodedItem[],
  {
    model,
    prefixes,
    layers,
    under,
  }: { model: LanguageModel; prefixes: PrefixCache; layers: readonly number[]; under?: Treatment },
): Promise<Pass> {
  const meter = computeMeter();
  const options = { layers, prefixes, meter, ...(under && { treatment: under }) };
  const activations = await optionActivations(model, items, options);
  const byLayer = new Map(
    [...activations].map(([layer, rows]) => [
      layer,
      rows.map((ofOptions, index) => contrastPair(ofOptions, items[index]?.label ?? 0)),
    ]),
  );
  return { items, byLayer, spent: spentBy(meter) };
}

/** The pass is charged to the items that are asked for, by their tokens. */
function chosenFrom({ items: all, byLayer, spent }: Pass, items: readonly EncodedItem[]): Contrasts {
  const placeOf = new Map(all.map((item, place) => [item, place]));
  const places = items.map((item) => placeOf.get(item) ?? -1);
  return {
    byLayer: new Map(
      [...byLayer].map(([layer, pairs]) => [layer, places.flatMap((place) => pairs[place] ?? [])]),
    ),
    spent: shareOf(spent, { items, all }),
  };
}

/** What a pass over all items has cost some of them, by their tokens. */
function shareOf({ flops }: Spent, { items, all }: Record<'items' | 'all', readonly EncodedItem[]>): Spent {
  const tokens = (list: readonly EncodedItem[]) => list.reduce((sum, item) => sum + tokenCount(item), 0);
  return { flops: (flops * tokens(items)) / tokens(all), backward: 0 };
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

function tokenCount({ promptIds, optionIds }: EncodedItem): number {
  return optionIds.reduce((count, ids) => count + ids.length, promptIds.length);
}
