import { expect, test } from 'vitest';
import {
  combine,
  difference,
  percentileInterval,
  resampledMean,
  resampleWeights,
  sparedDraws,
  standardError,
} from '../../../evaluation/statistics/bootstrap.js';
import { seededRandom } from '../../../evaluation/statistics/random.js';
import { RESAMPLES, relative, TOLERANCE, variance } from './monte-carlo.js';

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

test('the variance of a mean is the unbiased s²/n, even with three values', () => {
  const values = Float64Array.of(1, 2, 6);
  const mean = resampledMean(values, resampleWeights(3, RESAMPLES, seededRandom(0)));
  expect(mean.point).toBe(3);
  expect(relative(Math.sqrt(variance(mean.draws)), Math.sqrt(7 / 3))).toBeLessThan(TOLERANCE);
});

test('values that do not vary have an interval without width', () => {
  const mean = resampledMean(Float64Array.of(2, 2, 2), resampleWeights(3, 100, seededRandom(0)));
  const { value, low, high } = percentileInterval(mean, 0.95);
  for (const found of [value, low, high]) expect(found).toBeCloseTo(2, 12);
});

test('bounds are draws: as many lie outside as may, and 0 is beyond one exactly where so many speak against the sign', () => {
  const draws = Float64Array.from({ length: 101 }, (_, index) => 100 - index);
  expect(percentileInterval({ point: 50, draws }, 0.9)).toEqual({ value: 50, low: 4, high: 96 });
  for (const against of [8, 9, 10, 11]) {
    const some = Float64Array.from({ length: 400 }, (_, index) => (index < against ? -1 : 1));
    const isDecided = percentileInterval({ point: 1, draws: some }, 0.95).low > 0;
    expect(isDecided, `${against} of 400`).toBe(against <= sparedDraws(400, 0.95));
  }
  expect([100, 400, 1000, 2000].map((count) => sparedDraws(count, 0.95))).toEqual([1, 9, 24, 49]);
});

test('an interval of no draws, or of one that is not a number, is an error', () => {
  const of = (...draws: number[]) => percentileInterval({ point: 0, draws: Float64Array.from(draws) }, 0.95);
  expect(() => of()).toThrow('interval: found no draws, expected numbers');
  expect(() => of(1, Number.NaN, 2)).toThrow('interval: found NaN among the draws, expected numbers');
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

test('a standard error is half of what the middle 68.27 % span', () => {
  const draws = Float64Array.from({ length: 10_001 }, (_, index) => index / 10_000);
  expect(standardError({ point: 0.5, draws })).toBeCloseTo(0.6826894921370859 / 2, 3);
});

test('a standard error needs two resamples', () => {
  expect(() => standardError({ point: 1, draws: Float64Array.of(1) })).toThrow(/found 1 resamples/);
});
