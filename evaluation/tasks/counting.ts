import { seededRandom } from '../statistics/random.js';
import type { Row } from './rows.js';
import { drawn } from './vocabulary.js';

const LENGTH = 4;
const STEPS = [1, 2, 3, 4, 5, 6];
const STARTS = 100;

/** Four numbers that grow by the same step; which comes next? */
export function counting(count: number, seed: number): Row[] {
  return progressions(count, { name: 'counting', sign: 1, seed });
}

/** Four numbers that fall by the same step. */
export function countingBack(count: number, seed: number): Row[] {
  return progressions(count, { name: 'counting-back', sign: -1, seed });
}

/**
 * The options are the numbers one to six above the last (below it, when they fall), so the options alone do
 * not tell the step.
 */
function progressions(
  count: number,
  { name, sign, seed }: { name: string; sign: 1 | -1; seed: number },
): Row[] {
  const random = seededRandom(`${name}/${seed}`);
  return Array.from({ length: count }, (_, index) => {
    const step = drawn(STEPS, random);
    const start = (sign > 0 ? 10 : 40) + Math.floor(random() * STARTS);
    const shown = Array.from({ length: LENGTH }, (_, k) => start + sign * k * step);
    const last = shown.at(-1) ?? start;
    const options = STEPS.map((k) => last + sign * k);
    return {
      fields: { prompt: `Count: ${shown.join(' ')}`, options, answer: last + sign * step },
      place: { file: `generated ${name}`, row: index + 1 },
    };
  });
}
