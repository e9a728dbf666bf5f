import { z } from 'zod';
import type { EncodedItem } from '../../models/batch.js';
import { shuffled } from '../batch-order.js';
import { defineMethod, type Workbench } from '../method.js';
import { Search } from '../search.js';

/** The examples themselves before every prompt, as many as the window holds. */
export const fewShot = defineMethod({
  name: 'few-shot',
  kind: 'prompt',
  summary: 'the examples before every prompt, as many as the context window holds',
  source:
    'Brown et al. 2020 (arXiv 2005.14165); orders are searched as Lu et al. 2021 (arXiv 2104.08786) advise',
  version: 2,
  options: z.strictObject({
    separator: z.string().default('\n\n').describe('between examples'),
    search: z
      .strictObject({
        orders: z.number().int().positive().default(8).describe('seeded orders of the examples to try'),
        shares: z
          .array(z.number().positive().max(1))
          .min(1)
          .default([1])
          .describe('how many of the examples that fit are shown'),
      })
      .prefault({}),
  }),
  trials: ({ search }) => search.orders * search.shares.length,
  async fit(bench, items, { separator, search: { orders, shares } }) {
    const shots = items.map((item) => shotOf(bench, item, separator));
    const room = bench.model.config.contextLength - bench.longest;
    using search = new Search(bench, { trials: orders * shares.length });
    for (let order = 0; order < orders; order++) {
      const arranged = shuffled(shots, bench.random(`order ${order}`));
      const fitting = arranged.slice(0, fittingCount(arranged, room));
      for (const share of shares) {
        const shown = fitting.slice(0, Math.max(1, Math.round(share * fitting.length)));
        const prompt = shown.flat();
        const setting = { order, shown: shown.length, of: items.length };
        await search.consider(setting, { prompt, interventions: [], weightDeltas: [] });
      }
    }
    return search.result();
  },
});

/** An example as it will be shown: its words, its right answer, and what parts it from the next. */
function shotOf({ encode }: Workbench, item: EncodedItem, separator: string): number[] {
  const { promptIds, words, optionIds, label } = item;
  return [...promptIds.slice(words?.start, words?.end), ...(optionIds[label] ?? []), ...encode(separator)];
}

function fittingCount(shots: readonly (readonly number[])[], room: number): number {
  let used = 0;
  const over = shots.findIndex((shot) => {
    used += shot.length;
    return used > room;
  });
  return over < 0 ? shots.length : over;
}
