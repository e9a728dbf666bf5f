import { describe, expect, test } from 'vitest';
import { type PointWeights, smooth, straight } from '../../../evaluation/statistics/between-budgets.js';

const ABSCISSAE = [0, 1, 3, 4, 7];
const BETWEEN = [0, 0.3, 1, 1.5, 2.9, 3.2, 4, 5, 6.9, 7];

function interpolated(weights: PointWeights, curve: (x: number) => number, abscissae = ABSCISSAE): number {
  return weights.reduce((sum, [index, weight]) => sum + weight * curve(abscissae[index] ?? Number.NaN), 0);
}

describe('between points', () => {
  test('straight is exact for lines, smooth for parabolas', () => {
    for (const x of BETWEEN) {
      expect(interpolated(straight(ABSCISSAE, x), (at) => 3 - 2 * at)).toBeCloseTo(3 - 2 * x, 12);
      expect(interpolated(smooth(ABSCISSAE, x), (at) => 1 + at - 0.5 * at ** 2)).toBeCloseTo(
        1 + x - 0.5 * x ** 2,
        12,
      );
    }
  });

  test('smooth has no corners at its points', () => {
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

  test('weights sum to 1 and at a point are the point alone', () => {
    for (const weightsAt of [straight, smooth]) {
      for (const x of BETWEEN)
        expect(weightsAt(ABSCISSAE, x).reduce((sum, [, weight]) => sum + weight, 0)).toBeCloseTo(1, 12);
      for (const [index, x] of ABSCISSAE.entries()) expect(weightsAt(ABSCISSAE, x)).toEqual([[index, 1]]);
    }
  });

  test('beyond the ends both are level', () => {
    for (const weightsAt of [straight, smooth]) {
      expect(weightsAt(ABSCISSAE, -1)).toEqual([[0, 1]]);
      expect(weightsAt(ABSCISSAE, 8)).toEqual([[4, 1]]);
    }
  });

  test('of one point and of two there is nothing but the line', () => {
    for (const weightsAt of [straight, smooth]) expect(weightsAt([2], 2)).toEqual([[0, 1]]);
    expect(smooth([0, 4], 1)).toEqual(straight([0, 4], 1));
  });
});
