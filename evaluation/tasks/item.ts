import { createHash } from 'node:crypto';
import type { Item } from '../../schemas/item.js';
import { seededRandom, shuffled } from '../statistics/random.js';
import type { Place } from './task-error.js';

/** An item with the group that keeps it on one side of every split, for example the country it asks about. */
export interface TaskItem extends Item {
  group: string;
}

/** An item before its options are ordered. */
export interface DraftItem {
  prompt: string;
  right: string;
  wrong: readonly string[];
  group: string;
}

/** One that still knows its row, for errors. */
export interface PlacedDraft extends DraftItem {
  place: Place;
}

/**
 * Orders the options by a shuffle drawn from the item's own content, so that no position of the right option is
 * favoured and every run orders them alike, and names the item by its content.
 */
export function taskItem({ prompt, right, wrong, group }: DraftItem): TaskItem {
  const unordered = [right, ...[...wrong].sort()];
  const options = shuffled(unordered, seededRandom(contentHash([prompt, unordered])));
  const label = options.indexOf(right);
  return { id: contentHash([prompt, options, label]).slice(0, 16), prompt, options, label, group };
}

/** SHA-256 of a value's JSON, in hexadecimal. */
export function contentHash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
