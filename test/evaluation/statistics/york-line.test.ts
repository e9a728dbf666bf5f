import { describe, expect, test } from 'vitest';
import { yorkLine } from '../../../evaluation/statistics/york-line.js';

/** Pearson's points with York's weights, 1 ÷ error² (York 1966). */
const X = [0, 0.9, 1.8, 2.6, 3.3, 4.4, 5.2, 6.1, 6.5, 7.4];
const Y = [5.9, 5.4, 4.4, 4.6, 3.5, 3.7, 2.8, 2.8, 2.4, 1.5];
const X_WEIGHTS = [1000, 1000, 500, 800, 200, 80, 60, 20, 1.8, 1];
const Y_WEIGHTS = [1, 1.8, 4, 8, 20, 20, 70, 70, 100, 500];
const POINTS = X.map((x, index) => ({
  x,
  y: Y[index] ?? Number.NaN,
  xError: (X_WEIGHTS[index] ?? Number.NaN) ** -0.5,
  yError: (Y_WEIGHTS[index] ?? Number.NaN) ** -0.5,
}));

describe('the line through points with errors in both coordinates', () => {
  test('is the published one through Pearson’s points with York’s weights', () => {
    // York et al. 2004, table II.
    const line = yorkLine(POINTS);
    expect(line.intercept).toBeCloseTo(5.47991022, 8);
    expect(line.slope).toBeCloseTo(-0.480533407, 8);
    expect(line.interceptError).toBeCloseTo(0.294971, 5);
    expect(line.slopeError).toBeCloseTo(0.057985, 5);
    expect(line.scatter).toBeCloseTo(11.8663532 / 8, 6);
  });

  test('without errors in x is weighted least squares', () => {
    const points = [0, 1, 2, 5].map((x, index) => ({
      x,
      y: 3 - 2 * x + ([0.1, -0.2, 0.1, 0][index] ?? Number.NaN),
      xError: 0,
      yError: 1,
    }));
    const line = yorkLine(points);
    const n = points.length;
    const sum = (of: (point: { x: number; y: number }) => number) =>
      points.reduce((total, point) => total + of(point), 0);
    const slope =
      (n * sum(({ x, y }) => x * y) - sum(({ x }) => x) * sum(({ y }) => y)) /
      (n * sum(({ x }) => x * x) - sum(({ x }) => x) ** 2);
    expect(line.slope).toBeCloseTo(slope, 12);
  });

  test('is refused where points have no error in y, or one x', () => {
    expect(() =>
      yorkLine([
        { x: 0, y: 0, xError: 0, yError: 0 },
        { x: 1, y: 1, xError: 0, yError: 1 },
      ]),
    ).toThrow('errors 0 and 0');
    expect(() => yorkLine([1, 2].map((y) => ({ x: 3, y, xError: 0, yError: 1 })))).toThrow('one x');
    expect(() => yorkLine([])).toThrow('0 points');
  });
});
