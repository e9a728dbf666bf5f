import { expect, test } from 'vitest';
import {
  combine,
  difference,
  meanOverSeeds,
  percentileInterval,
  resampledMean,
  resampleWeights,
  standardError,
} from '../../../evaluation/statistics/bootstrap.js';
import { seededRandom } from '../../../evaluation/statistics/random.js';

const RESAMPLES = 20_000;
// The Monte-Carlo error of a standard deviation from k resamples is about 1/√(2k) of it; four of those.
const TOLERANCE = 4 / Math.sqrt(2 * RESAMPLES);

function relative(found: number, expected: number): number {
  return Math.abs(found / expected - 1);
}

test('weights of a resample sum to 1 and are multiples of 1 / (size − 1)', () => {
  for (const weights of resampleWeights(5, 50, seededRandom(0))) {
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    for (const weight of weights) expect((weight * 4) % 1).toBeCloseTo(0, 12);
  }
});

test('a single unit is drawn every time; no units are an error', () => {
  expect(resampleWeights(1, 2, seededRandom(0))).toEqual([Float64Array.of(1), Float64Array.of(1)]);
  expect(() => resampleWeights(0, 2, seededRandom(0))).toThrow(/found no units/);
});

test('the standard error of a mean is the unbiased s/√n, even with three values', () => {
  const values = Float64Array.of(1, 2, 6);
  const mean = resampledMean(values, resampleWeights(3, RESAMPLES, seededRandom(0)));
  expect(mean.point).toBe(3);
  expect(relative(standardError(mean), Math.sqrt(7 / 3))).toBeLessThan(TOLERANCE);
});

test('seed and item variance add, and items shared by all seeds are not counted once a seed', () => {
  const items = Float64Array.from({ length: 40 }, (_, index) => index % 2);
  const itemWeights = resampleWeights(40, RESAMPLES, seededRandom('items'));
  const shifts = [0, 0.3, 0.9];
  const bySeed = shifts.map((shift) =>
    resampledMean(
      items.map((value) => value + shift),
      itemWeights,
    ),
  );
  const mean = meanOverSeeds(bySeed, resampleWeights(3, RESAMPLES, seededRandom('seeds')));
  const ofItems = (0.25 * (40 / 39)) / 40;
  const ofSeeds = 0.21 / 3; // s² of the shifts is 0.21
  expect(mean.point).toBeCloseTo(0.9, 12);
  expect(relative(standardError(mean) ** 2, ofItems + ofSeeds)).toBeLessThan(2 * TOLERANCE);
});

test('values that do not vary have an interval without width', () => {
  const mean = resampledMean(Float64Array.of(2, 2, 2), resampleWeights(3, 100, seededRandom(0)));
  const { value, low, high } = percentileInterval(mean, 0.95);
  for (const found of [value, low, high]) expect(found).toBeCloseTo(2, 12);
});

test('percentile bounds are the quantiles of the draws', () => {
  const draws = Float64Array.from({ length: 101 }, (_, index) => 100 - index);
  const { value, low, high } = percentileInterval({ point: 50, draws }, 0.9);
  expect(value).toBe(50);
  expect(low).toBeCloseTo(5, 12);
  expect(high).toBeCloseTo(95, 12);
});

test('equal means summed in different orders differ by exactly zero', () => {
  const left = { point: 0.1 + 0.2, draws: Float64Array.of(0.1 + 0.2, 1) };
  const right = { point: 0.3, draws: Float64Array.of(0.3, 1.5) };
  expect(difference(left, right)).toEqual({ point: 0, draws: Float64Array.of(0, 0.5) });
});

test('combining keeps resamples paired', () => {
  const one = { point: 1, draws: Float64Array.of(1, 5) };
  const other = { point: 3, draws: Float64Array.of(4, 2) };
  expect(combine([one, other], (values) => Math.max(...values))).toEqual({
    point: 3,
    draws: Float64Array.of(4, 5),
  });
});

test('a standard error needs two resamples', () => {
  expect(() => standardError({ point: 1, draws: Float64Array.of(1) })).toThrow(/found 1 resamples/);
});
