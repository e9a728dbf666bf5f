import type { EncodedItem, ItemBatch } from './batch.js';
import type { Query } from './transformer/head.js';

/** Where an option lies in a batch; positions count through the flattened rows. */
export interface OptionSpan {
  /** Index into the items the batch was made from. */
  item: number;
  option: number;
  /** Position of the prompt's last token. */
  promptEnd: number;
  /** Position of the option's first token. */
  start: number;
  ids: readonly number[];
}

/** All options of a batch, row by row. */
export function optionSpans(items: readonly EncodedItem[], { members, width }: ItemBatch): OptionSpan[] {
  return members.flatMap((item, row) => {
    const { promptIds, optionIds } = items[item] ?? { promptIds: [], optionIds: [] };
    const promptEnd = row * width + promptIds.length - 1;
    let start = promptEnd + 1;
    return optionIds.map((ids, option) => {
      const span = { item, option, promptEnd, start, ids };
      start += ids.length;
      return span;
    });
  });
}

/** Every token of an option, asked for at the position before it: the prompt's last for its first one. */
export function tokenQueries({ promptEnd, start, ids }: Omit<OptionSpan, 'item' | 'option'>): Query[] {
  return ids.map((target, j) => ({ position: j === 0 ? promptEnd : start + j - 1, target }));
}
