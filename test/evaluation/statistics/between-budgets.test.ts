import { describe, expect, test } from 'vitest';
import {
  type PointWeights,
  smooth,
  weightedEstimate,
} from '../../../evaluation/statistics/between-budgets.js';

const ABSCISSAE = [0, 1, 3, 4, 7];
const BETWEEN = [0, 0.3, 1, 1.5, 2.9, 3.2, 4, 5, 6.9, 7];

function interpolated(weights: PointWeights, curve: (x: number) => number, abscissae = ABSCISSAE): number {
  return weights.reduce((sum, [index, weight]) => sum + weight * curve(abscissae[index] ?? Number.NaN), 0);
}

describe('the smooth curve', () => {
  test('is exact for parabolas', () => {
    for (const x of BETWEEN) {
      const parabola = (at: number) => 1 + at - 0.5 * at ** 2;
      expect(interpolated(smooth(ABSCISSAE, x), parabola)).toBeCloseTo(parabola(x), 12);
    }
  });

  test('has no corners at its points', () => {
    const curve = (at: number) => Math.sin(2 * at);
    const step = 1e-6;
    for (const x of [1, 3, 4]) {
      const [before, at, after] = [x - step, x, x + step].map((place) =>
        interpolated(smooth(ABSCISSAE, place), curve),
      );
      const [left, right] = [((at ?? 0) - (before ?? 0)) / step, ((after ?? 0) - (at ?? 0)) / step];
      expect(left).toBeCloseTo(right, 4);
    }
  });

  test('has weights that sum to 1, and at a point the point alone', () => {
    for (const x of BETWEEN)
      expect(smooth(ABSCISSAE, x).reduce((sum, [, weight]) => sum + weight, 0)).toBeCloseTo(1, 12);
    for (const [index, x] of ABSCISSAE.entries()) expect(smooth(ABSCISSAE, x)).toEqual([[index, 1]]);
  });

  test('is level beyond the ends', () => {
    expect(smooth(ABSCISSAE, -1)).toEqual([[0, 1]]);
    expect(smooth(ABSCISSAE, 8)).toEqual([[4, 1]]);
  });

  test('of two points is the straight line, of one its height', () => {
    expect(smooth([2], 2)).toEqual([[0, 1]]);
    expect(smooth([0, 4], 1)).toEqual([
      [0, 0.75],
      [1, 0.25],
    ]);
  });
});

test('a weighted estimate is so in every resample', () => {
  const points = [
    { point: 1, draws: Float64Array.of(1, 2) },
    { point: 5, draws: Float64Array.of(4, 7) },
    { point: 3, draws: Float64Array.of(2, 0) },
  ];
  const weights: PointWeights = [
    [2, 0.5],
    [0, -1],
  ];
  expect(weightedEstimate(points, weights)).toEqual({ point: 0.5, draws: Float64Array.of(0, -2) });
});
