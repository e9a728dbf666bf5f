import { expect, test } from 'vitest';
import { seededRandom, shuffled, xoshiro128 } from '../../../evaluation/statistics/random.js';

test('xoshiro128** gives the values of its authors’ reference program', () => {
  const next = xoshiro128([1, 2, 3, 4]);
  const expected = [
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ];
  expect(expected.map(next)).toEqual(expected);
});

test('a state of zeros, which would stay zero, is refused', () => {
  expect(() => xoshiro128([0, 0, 0, 0])).toThrow(/expected at least one set bit/);
});

test('the same seed gives the same numbers in [0, 1), another seed gives others, and 0 is a seed', () => {
  const draw = (seed: number | string) => Array.from({ length: 1000 }, seededRandom(seed));
  expect(draw(0)).toEqual(draw(0));
  expect(draw(0)).not.toEqual(draw(1));
  expect(draw('a/0')).not.toEqual(draw('a/1'));
  for (const value of draw(0)) expect(value >= 0 && value < 1).toBe(true);
});

test('draws are uniform: decile counts of 100,000 pass a chi-square test at p = 0.001', () => {
  const random = seededRandom('uniform');
  const counts = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 100_000; draw++) {
    const decile = Math.floor(random() * 10);
    counts[decile] = (counts[decile] ?? 0) + 1;
  }
  const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  expect(chiSquare).toBeLessThan(27.88); // 9 degrees of freedom
});

test('a seed that is not a number is refused by name', () => {
  expect(() => seededRandom(Number.NaN)).toThrow(/random seed: found NaN/);
});

test('shuffling keeps the items, leaves the argument, and reaches every order equally often', () => {
  const random = seededRandom(7);
  const items = ['a', 'b', 'c'];
  const orders = new Map<string, number>();
  for (let draw = 0; draw < 6000; draw++) {
    const order = shuffled(items, random).join('');
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  expect(items).toEqual(['a', 'b', 'c']);
  expect([...orders.keys()].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
  const chiSquare = [...orders.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  expect(chiSquare).toBeLessThan(20.52); // 5 degrees of freedom, p = 0.001
  expect(shuffled([], random)).toEqual([]);
});
