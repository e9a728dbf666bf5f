import { describe, expect, test } from 'vitest';
import { midRanks, rankCorrelation } from '../../../evaluation/statistics/rank-correlation.js';
import { signTest } from '../../../evaluation/statistics/sign-test.js';

describe('rank correlation', () => {
  // IQ and hours of television, a textbook example: ρ = −29/165.
  test('agrees with a published example', () => {
    const iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110];
    const hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17];
    expect(rankCorrelation([{ x: iq, y: hours }])).toBeCloseTo(-29 / 165, 12);
  });

  test('is 1 for any rising sequence, −1 for any falling one, and bends with no monotone map', () => {
    const x = [1, 2, 4, 8];
    expect(rankCorrelation([{ x, y: x.map(Math.exp) }])).toBeCloseTo(1, 12);
    expect(rankCorrelation([{ x, y: [3, 2, 1, Number.NEGATIVE_INFINITY] }])).toBeCloseTo(-1, 12);
  });

  test('ties share the middle of their ranks', () => {
    expect(midRanks([10, 20, 20, 5])).toEqual([2, 3.5, 3.5, 1]);
    // Pearson of (1, 2, 3) and (1.5, 1.5, 3) is √3/2.
    expect(rankCorrelation([{ x: [1, 2, 3], y: [0, 0, 7] }])).toBeCloseTo(Math.sqrt(3) / 2, 12);
  });

  test('levels that differ between strata do not count as a trend', () => {
    const strata = [
      { x: [1, 2], y: [10, 9] },
      { x: [1, 2], y: [1000, 999] },
    ];
    expect(rankCorrelation(strata)).toBeCloseTo(-1, 12);
  });

  test('has no value where nothing varies, or a value is missing', () => {
    expect(rankCorrelation([{ x: [1, 2, 3], y: [5, 5, 5] }])).toBeNaN();
    expect(rankCorrelation([{ x: [1, 2], y: [1, Number.NaN] }])).toBeNaN();
    expect(rankCorrelation([])).toBeNaN();
    expect(() => rankCorrelation([{ x: [1, 2], y: [1] }])).toThrow(/2 and 1 values/);
  });
});

describe('sign test', () => {
  test('counts sign patterns: all of seven positive is 1/128, six of seven 8/128', () => {
    expect(signTest([1, 2, 3, 1, 1, 1, 1])).toBe(1 / 128);
    expect(signTest([1, 2, 3, 1, 1, 1, -1])).toBe(8 / 128);
    expect(signTest([-1, -2])).toBe(1);
  });

  test('leaves zeros out; without a sign there is no evidence', () => {
    expect(signTest([0, 0, 1])).toBe(1 / 2);
    expect(signTest([0, 0])).toBe(1);
    expect(signTest([])).toBe(1);
    expect(() => signTest([Number.NaN])).toThrow(/found NaN/);
  });
});
