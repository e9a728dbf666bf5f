import { expect, test } from 'vitest';
import { bracket } from '../../../evaluation/statistics/quantile.js';

test('quantiles lie where type 7 of R has them', () => {
  const { fraction, ...sides } = bracket([15, 20, 35, 40, 50], 0.4);
  expect(sides).toEqual({ below: 20, above: 35 });
  expect(fraction).toBeCloseTo(0.6, 12);
  expect(bracket([15, 20, 35, 40, 50], 0)).toMatchObject({ below: 15, fraction: 0 });
  expect(bracket([15, 20, 35, 40, 50], 1)).toMatchObject({ above: 50, fraction: 0 });
});

test('one value is every quantile', () => {
  expect(bracket([3], 0.975)).toEqual({ below: 3, above: 3, fraction: 0 });
});

test('infinite order statistics are told, not averaged', () => {
  expect(bracket([0, 4, Infinity], 0.75)).toEqual({ below: 4, above: Infinity, fraction: 0.5 });
});

test('no values, NaN and impossible probabilities are errors', () => {
  expect(() => bracket([], 0.5)).toThrow(/found no values/);
  expect(() => bracket([Number.NaN], 0.5)).toThrow(/found NaN/);
  expect(() => bracket([1], 1.5)).toThrow(/found probability 1.5/);
});
