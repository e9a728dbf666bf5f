import type { GeneratedSource } from '../../schemas/task.js';
import { boxes, boxesReversed } from './boxes.js';
import { counting, countingBack } from './counting.js';
import { shortest, tallest } from './heights.js';
import type { Row } from './rows.js';
import { swaps } from './swaps.js';
import { wordProblems } from './word-problems.js';

/** Tasks that are generated: (count, seed) → rows. */
export const families: Record<GeneratedSource['family'], (count: number, seed: number) => Row[]> = {
  'word-problems': wordProblems,
  swaps,
  boxes,
  'boxes-reversed': boxesReversed,
  tallest,
  shortest,
  counting,
  'counting-back': countingBack,
};
