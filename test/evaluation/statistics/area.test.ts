import { expect, test } from 'vitest';
import { meanOverLogN } from '../../../evaluation/statistics/area.js';

test('a constant curve has its own height, a straight line over log N the mean of its ends', () => {
  expect(meanOverLogN([1, 4, 64], [0.5, 0.5, 0.5])).toBeCloseTo(0.5, 12);
  expect(meanOverLogN([1, 4, 16, 64], [0, 1, 2, 3])).toBeCloseTo(1.5, 12);
});

test('unequal steps are weighted by their width over log N', () => {
  // log₂ N = 0, 1, 3: (1·(0+1)/2 + 2·(1+0)/2) / 3
  expect(meanOverLogN([1, 2, 8], [0, 1, 0])).toBeCloseTo(0.5, 12);
});

test('a budget repeated tenfold larger changes nothing; one point is its own mean', () => {
  expect(meanOverLogN([10, 40, 160], [1, 3, 2])).toBeCloseTo(meanOverLogN([1, 4, 16], [1, 3, 2]), 12);
  expect(meanOverLogN([16], [0.7])).toBe(0.7);
});

test('no points, a budget of zero, disorder and unequal lengths are errors', () => {
  expect(() => meanOverLogN([], [])).toThrow(/found no points/);
  expect(() => meanOverLogN([0, 1], [1, 2])).toThrow(/found budgets 0, 1/);
  expect(() => meanOverLogN([4, 1], [1, 2])).toThrow(/ascending order/);
  expect(() => meanOverLogN([1, 4], [1])).toThrow(/1 values for 2 budgets/);
});
