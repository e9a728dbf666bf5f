import type { Random } from '../../statistics/random.js';

/** Which split an item is for: words and phrasing of the test split are not in training. */
export type Split = 'train' | 'test';

export interface Setting {
  split: Split;
  /** 1 is the easiest. */
  difficulty: number;
  random: Random;
}

/** One item before its options are ordered. */
export interface GeneratedItem {
  prompt: string;
  options: string[];
  answer: string;
}

/** Makes one item; any number of them can be asked for. */
export type Family = (setting: Setting) => GeneratedItem;

export const HARDEST = 5;

/**
 * Four numbers that are the corners of a rectangle, a step of 1 one way and of 10 the other, with the right one at a corner
 * drawn uniformly: neither size nor last digit tells it from the others.
 */
export function cornerOptions(right: number, random: Random): string[] {
  const [low, left] = [random() < 0.5 ? 0 : -1, random() < 0.5 ? 0 : -10];
  return [0, 1].flatMap((one) => [0, 10].map((ten) => String(right + low + one + left + ten)));
}
