import type { EncodedItem } from '../models/batch.js';
import { computeMeter, type Spent, spentBy } from '../models/compute-meter.js';
import type { LanguageModel } from '../models/language-model.js';
import type { PrefixCache } from '../models/prefix-cache.js';
import { optionActivations } from '../models/scoring.js';
import type { Treatment } from '../models/treatment.js';

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
 * every budget, and a cell's numbers do not depend on which cells were computed before it.
 */
export function contrastReader(
  { model, prefixes }: { model: LanguageModel; prefixes: PrefixCache },
  pool: readonly EncodedItem[],
): ContrastReader {
  const passes = new Map<string, Promise<Pass>>();
  const pooled = new Set(pool);
  const readPool = (layers: readonly number[]): Promise<Pass> => {
    const key = layers.join();
    const pass = passes.get(key) ?? readPass(pool, { model, prefixes, layers });
    passes.set(key, pass);
    return pass;
  };
  return {
    async read(items, { layers, under }) {
      const wanted = [...new Set(layers)].sort((a, b) => a - b);
      const isPooled = under === undefined && items.every((item) => pooled.has(item));
      const pass = isPooled
        ? await readPool(wanted)
        : await readPass(items, { model, prefixes, layers: wanted, ...(under && { under }) });
      return chosenFrom(pass, items);
    },
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
  const tokens = (list: readonly EncodedItem[]) => list.reduce((sum, item) => sum + tokenCount(item), 0);
  return {
    byLayer: new Map(
      [...byLayer].map(([layer, pairs]) => [layer, places.flatMap((place) => pairs[place] ?? [])]),
    ),
    spent: { flops: (spent.flops * tokens(items)) / tokens(all), backward: 0 },
  };
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
