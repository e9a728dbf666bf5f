import { describe, expect, test } from 'vitest';
import { studentCdf, studentQuantile } from '../../../evaluation/statistics/student-t.js';

describe("Student's t", () => {
  test('has the quantiles of the printed tables', () => {
    // Fisher and Yates 1963, table III.
    for (const [degrees, upper] of [
      [1, 12.706],
      [2, 4.303],
      [4, 2.776],
      [9, 2.262],
      [30, 2.042],
      [120, 1.98],
    ] as const)
      expect(studentQuantile(0.975, degrees)).toBeCloseTo(upper, 3);
  });

  test('is Cauchy’s distribution with one degree of freedom and has a closed form with two', () => {
    for (const value of [-30, -1.5, 0, 0.2, 4]) {
      expect(studentCdf(value, 1)).toBeCloseTo(0.5 + Math.atan(value) / Math.PI, 12);
      expect(studentCdf(value, 2)).toBeCloseTo(0.5 + value / (2 * Math.sqrt(2 + value * value)), 12);
    }
  });

  test('is symmetric, and its quantile inverts it', () => {
    for (const probability of [0.001, 0.3, 0.5, 0.8, 0.9999])
      for (const degrees of [1, 3.5, 40])
        expect(studentCdf(studentQuantile(probability, degrees), degrees)).toBeCloseTo(probability, 12);
  });

  test('refuses what is no probability and no degree of freedom', () => {
    expect(() => studentQuantile(1, 3)).toThrow('probability 1');
    expect(() => studentCdf(0, 0)).toThrow('0 degrees of freedom');
  });
});
