import { describe, expect, test } from 'vitest';
import { weightedEstimate } from '../../../evaluation/statistics/between-budgets.js';
import type { Estimate } from '../../../evaluation/statistics/bootstrap.js';
import { curveCrossing } from '../../../evaluation/statistics/curve-crossing.js';
import { normal, seededRandom } from '../../../evaluation/statistics/random.js';
import { type Between, switchInterval } from '../../../evaluation/statistics/switch-interval.js';
import { switchPoint } from '../../../evaluation/statistics/switch-point.js';

const BUDGETS = [1, 4, 16, 64];
const RESAMPLES = 10_000;

/** Differences whose resamples lie around them as a normal distribution, one deviation shared by all budgets. */
function curve(points: readonly number[], deviation: number): Estimate[] {
  const random = seededRandom('switch interval');
  const shared = Float64Array.from({ length: RESAMPLES }, () => deviation * normal(random));
  return points.map((point) => ({ point, draws: shared.map((shift) => point + shift) }));
}

function between(estimates: readonly Estimate[]): Between {
  return (weights) => weightedEstimate(estimates, weights);
}

function intervalOf(points: readonly number[], deviation: number) {
  const point = switchPoint(BUDGETS, points);
  const rises = (points.at(-1) ?? 0) >= (points[0] ?? 0);
  const direction =
    point.kind === 'switch' ? point.direction : rises ? 'first-then-second' : 'second-then-first';
  return switchInterval(BUDGETS, between(curve(points, deviation)), { point, direction, confidence: 0.95 });
}

describe('the interval of N*', () => {
  test('ends where the interval of the difference touches 0', () => {
    // 1 a factor of 4, so ±1.96 × 0.25 is a factor of 4^0.49 either way.
    const { low, high, censoring } = intervalOf([-1.5, -0.5, 0.5, 1.5], 0.25);
    const reach = 4 ** (1.96 * 0.25);
    expect(Math.abs(Math.log((low ?? 0) / (8 / reach)))).toBeLessThan(0.03);
    expect(Math.abs(Math.log((high ?? 0) / (8 * reach)))).toBeLessThan(0.03);
    expect(censoring).toBe('none');
  });

  test('is the same for a switch the other way', () => {
    const [there, back] = [
      intervalOf([-1.5, -0.5, 0.5, 1.5], 0.25),
      intervalOf([1.5, 0.5, -0.5, -1.5], 0.25),
    ];
    expect(Math.abs(Math.log((there.low ?? 0) / (back.low ?? 1)))).toBeLessThan(0.03);
    expect(Math.abs(Math.log((there.high ?? 0) / (back.high ?? 1)))).toBeLessThan(0.03);
  });

  test('is open where no budget before, or none after, is decided', () => {
    expect(intervalOf([-0.3, -0.1, 0.5, 1.5], 0.25)).toMatchObject({ low: null, censoring: 'left' });
    expect(intervalOf([-1.5, -0.5, 0.1, 0.3], 0.25)).toMatchObject({ high: null, censoring: 'right' });
    expect(intervalOf([-0.3, -0.1, 0.1, 0.3], 0.25)).toEqual({ low: null, high: null, censoring: 'both' });
  });

  test('lies beyond the budgets where one method is decidedly better to the last', () => {
    expect(intervalOf([-3, -2.5, -2, -1], 0.25)).toEqual({ low: null, high: null, censoring: 'right' });
    expect(intervalOf([1, 2, 2.5, 3], 0.25)).toEqual({ low: null, high: null, censoring: 'left' });
  });

  test('begins inside where that is decided only up to there', () => {
    const { low, high, censoring } = intervalOf([-1.5, -1, -0.7, -0.2], 0.25);
    expect(low).toBeGreaterThan(16);
    expect(low).toBeLessThan(64);
    expect({ high, censoring }).toEqual({ high: null, censoring: 'right' });
  });

  test('ends at the N* of the smooth curve, and reaches to that of the straight lines', () => {
    // Four points of the parabola x²/2 − 1, whose root is √2; between the second and the third the line's is 4/3.
    const hardly = intervalOf([-1, -0.5, 1, 3.5], 1e-6);
    expect(Math.abs(Math.log((hardly.low ?? 0) / 4 ** (1 + 1 / 3)))).toBeLessThan(1e-4);
    expect(Math.abs(Math.log((hardly.high ?? 0) / 4 ** Math.SQRT2))).toBeLessThan(1e-4);
  });

  test('bounds nothing where the curves are the same', () => {
    const same = BUDGETS.map(() => ({ point: 0, draws: new Float64Array(100) }));
    const point = switchPoint(BUDGETS, [0, 0, 0, 0]);
    expect(
      switchInterval(BUDGETS, between(same), { point, direction: 'first-then-second', confidence: 0.95 }),
    ).toEqual({ low: null, high: null, censoring: 'both' });
  });

  test.each([
    [9, { verdict: 'crossover', low: expect.any(Number), censoring: 'none' }],
    [10, { verdict: 'undecided', low: null, censoring: 'left' }],
  ])(
    'has an open end where the verdict is open, too: %i of 400 resamples against the first budget',
    (against, expected) => {
      const ends = [
        Float64Array.from({ length: 400 }, (_, rank) => (rank < against ? 0.01 : -1)),
        new Float64Array(400).fill(1),
      ].map((draws, index) => ({ point: index === 0 ? -1 : 1, draws }));
      expect(curveCrossing([1, 4], ends, { confidence: 0.95, seeds: 5 })).toMatchObject(expected);
    },
  );

  test('of one budget is open', () => {
    const one = curve([0.1], 0.25);
    const point = switchPoint([8], [0.1]);
    expect(
      switchInterval([8], between(one), { point, direction: 'first-then-second', confidence: 0.95 })
        .censoring,
    ).toBe('both');
  });
});
