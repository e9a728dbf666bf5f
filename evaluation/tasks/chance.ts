import type { Item } from '../../schemas/item.js';

/** Score of a uniform guess: mean of 1/options. Throws without items. */
export function chanceLevel(items: readonly Pick<Item, 'options'>[]): number {
  if (items.length === 0) throw new RangeError('chance level: found no items, expected at least one');
  return items.reduce((sum, { options }) => sum + 1 / options.length, 0) / items.length;
}
