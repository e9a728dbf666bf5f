import { expect, test } from 'vitest';
import { bracket, quantile } from '../../../evaluation/statistics/quantile.js';

test('quantiles equal type 7 of R', () => {
  expect(quantile([1, 2, 3, 4], 0.25)).toBe(1.75);
  expect(quantile([15, 20, 35, 40, 50], 0.4)).toBeCloseTo(29, 12);
  expect(quantile([15, 20, 35, 40, 50], 0)).toBe(15);
  expect(quantile([15, 20, 35, 40, 50], 1)).toBe(50);
});

test('one value is every quantile, and ties stay what they are', () => {
  expect(quantile([3], 0.975)).toBe(3);
  expect(quantile([2, 2, 2], 0.3)).toBe(2);
});

test('infinite order statistics are told, not averaged', () => {
  expect(bracket([0, 4, Infinity], 0.75)).toEqual({ below: 4, above: Infinity, fraction: 0.5 });
});

test('no values, NaN and impossible probabilities are errors', () => {
  expect(() => quantile([], 0.5)).toThrow(/found no values/);
  expect(() => quantile([Number.NaN], 0.5)).toThrow(/found NaN/);
  expect(() => quantile([1], 1.5)).toThrow(/found probability 1.5/);
});
