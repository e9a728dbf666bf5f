import { expect, test } from 'vitest';
import { seededRandom } from '../../../evaluation/statistics/random.js';
import { signFlipTest } from '../../../evaluation/statistics/sign-flip.js';

// Darwin's maize pairs, in eighths of an inch, and the exact result of Fisher 1935, The Design of Experiments, §21.
const MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];

test('the exact test equals Fisher’s count for Darwin’s maize: 2 × 863 of 32,768', () => {
  expect(signFlipTest(MAIZE, 1, seededRandom(0))).toBe(1726 / 32768);
});

test('the sampled test agrees with the exact one within four of its standard errors', () => {
  const doubled = [...MAIZE, ...MAIZE.map((_, index) => (index % 2 ? 1e-9 : -1e-9))];
  const flips = 20_000;
  const exact = 1726 / 32768;
  const sampled = signFlipTest(doubled, flips, seededRandom(1));
  expect(Math.abs(sampled - exact)).toBeLessThan(4 * Math.sqrt((exact * (1 - exact)) / flips));
});

test('sign and order do not matter, zeros carry no information', () => {
  const random = seededRandom(0);
  const p = signFlipTest([3, 1, 2], 1, random);
  expect(p).toBe(2 / 8);
  expect(signFlipTest([-1, -2, -3], 1, random)).toBe(p);
  expect(signFlipTest([0, 3, 0, 1, 2], 1, random)).toBe(p);
});

test('no difference at all is p = 1, and a sampled p is never 0', () => {
  expect(signFlipTest([0, 0], 1, seededRandom(0))).toBe(1);
  expect(signFlipTest(new Array<number>(40).fill(1), 999, seededRandom(0))).toBe(1 / 1000);
});

test('an empty list and values that are not finite are errors', () => {
  expect(() => signFlipTest([], 10, seededRandom(0))).toThrow(/found no differences/);
  expect(() => signFlipTest([1, Number.NaN], 10, seededRandom(0))).toThrow(/found NaN/);
});
