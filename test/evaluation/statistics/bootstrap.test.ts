import { expect, test } from 'vitest';
import {
  combine,
  countedOnce,
  difference,
  logMeanOverSeeds,
  meanOverSeeds,
  ownShareOfSeeds,
  percentileInterval,
  resampledMean,
  resampleWeights,
  sparedDraws,
  standardError,
  studentWeights,
  twoLevelDifference,
} from '../../../evaluation/statistics/bootstrap.js';
import { normal, seededRandom } from '../../../evaluation/statistics/random.js';
import { studentQuantile } from '../../../evaluation/statistics/student-t.js';

const RESAMPLES = 20_000;
// The Monte-Carlo error of a standard deviation from k resamples is about 1/√(2k) of it; four of those.
const TOLERANCE = 4 / Math.sqrt(2 * RESAMPLES);

function variance(values: ArrayLike<number>): number {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  return all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (all.length - 1);
}

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

test('the variance of a mean is the unbiased s²/n, even with three values', () => {
  const values = Float64Array.of(1, 2, 6);
  const mean = resampledMean(values, resampleWeights(3, RESAMPLES, seededRandom(0)));
  expect(mean.point).toBe(3);
  expect(relative(Math.sqrt(variance(mean.draws)), Math.sqrt(7 / 3))).toBeLessThan(TOLERANCE);
});

test.each([2, 3, 5])('of %d seeds the percentile interval is Student’s', (seeds) => {
  const values = Array.from({ length: seeds }, (_, index) => index ** 2);
  const bySeed = values.map((point) => ({ point, draws: new Float64Array(RESAMPLES).fill(point) }));
  const mean = meanOverSeeds(bySeed, studentWeights(seeds, RESAMPLES, seededRandom(seeds)));
  const half = studentQuantile(0.975, seeds - 1) * Math.sqrt(variance(values) / seeds);
  const { value, low, high } = percentileInterval(mean, 0.95);
  // A quantile's Monte-Carlo error is √(p(1 − p)/k) of probability: four of them, each way.
  const slip = 4 * Math.sqrt((0.025 * 0.975) / RESAMPLES);
  const nearest = studentQuantile(0.975 - slip, seeds - 1) / studentQuantile(0.975, seeds - 1);
  const farthest = studentQuantile(0.975 + slip, seeds - 1) / studentQuantile(0.975, seeds - 1);
  for (const found of [value - low, high - value]) {
    expect(found / half).toBeGreaterThan(nearest);
    expect(found / half).toBeLessThan(farthest);
  }
});

test('weights of seeds sum to 1; a single seed has no spread; no seeds are an error', () => {
  for (const weights of studentWeights(4, 50, seededRandom(1)))
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
  expect(studentWeights(1, 2, seededRandom(0))).toEqual([Float64Array.of(1), Float64Array.of(1)]);
  expect(() => studentWeights(0, 2, seededRandom(0))).toThrow(/found no units/);
});

test('a mean of losses deviates by factors: no resample is 0 or less, and small deviations are those of terms', () => {
  const weights = studentWeights(3, 500, seededRandom(2));
  const estimates = (values: number[]) =>
    values.map((point) => ({ point, draws: new Float64Array(500).fill(point) }));
  for (const draw of logMeanOverSeeds(estimates([0.01, 1, 2]), weights, []).draws)
    expect(draw).toBeGreaterThan(0);
  const near = estimates([1, 1 + 1e-6, 1 - 1e-6]);
  const [factors, terms] = [logMeanOverSeeds(near, weights, []), meanOverSeeds(near, weights)];
  for (const [resample, draw] of factors.draws.entries()) {
    const deviation = (terms.draws[resample] ?? Number.NaN) - 1;
    expect(Math.abs(draw - 1 - deviation)).toBeLessThanOrEqual(deviation ** 2 + 1e-15);
  }
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
  expect(relative(variance(mean.draws), ofItems + ofSeeds)).toBeLessThan(2 * TOLERANCE);
});

/** Items × seeds, each with effects of these standard deviations, and the two-level mean of them. */
function crossed(
  size: { items: number; seeds: number },
  spread: { item: number; seed: number; rest: number },
) {
  const random = seededRandom(JSON.stringify([size, spread]));
  const difficulty = Float64Array.from({ length: size.items }, () => spread.item * normal(random));
  const values = Array.from({ length: size.seeds }, () => {
    const luck = spread.seed * normal(random);
    return difficulty.map((value) => value + luck + spread.rest * normal(random));
  });
  const weights = resampleWeights(size.items, 1000, seededRandom('items'));
  const mean = meanOverSeeds(
    values.map((list) => resampledMean(list, weights)),
    studentWeights(size.seeds, 1000, seededRandom('seeds')),
  );
  return { values, mean };
}

test('what happens to an item under one seed is counted once: with the items, not with the seeds again', () => {
  const size = { items: 400, seeds: 40 };
  // Means of 400 items vary from seed to seed by the seeds' own variance and a four-hundredth of the rest.
  for (const seed of [0.05, 0.1]) {
    const { values, mean } = crossed(size, { item: 1, seed, rest: 1 });
    const once = countedOnce(mean, values).draws;
    const removed = mean.draws.map((draw, index) => draw - (once[index] ?? Number.NaN));
    const left = 1 - Math.sqrt(variance(removed) / variance(mean.ofSeeds));
    expect(left).toBeCloseTo(ownShareOfSeeds(values), 9);
    // A variance from 39 degrees of freedom is known to some 23 %.
    expect(relative(left ** 2, seed ** 2 / (seed ** 2 + 1 / 400))).toBeLessThan(0.23);
  }
});

test('seeds that differ by no more than the rest have no spread of their own', () => {
  const values = [Float64Array.of(1, -1, 0, 0), Float64Array.of(0, 0, 1, -1), Float64Array.of(-1, 1, 0, 1)];
  const weights = resampleWeights(4, 500, seededRandom(0));
  const mean = meanOverSeeds(
    values.map((list) => resampledMean(list, weights)),
    studentWeights(3, 500, seededRandom(1)),
  );
  expect(ownShareOfSeeds(values)).toBe(0);
  for (const [index, draw] of countedOnce(mean, values).draws.entries())
    expect(draw).toBeCloseTo((mean.draws[index] ?? Number.NaN) - (mean.ofSeeds[index] ?? Number.NaN), 12);
  const { low, high } = percentileInterval(countedOnce(mean, values), 0.95);
  expect(high - low).toBeGreaterThan(0.1);
});

test('fewer than three seeds, a single item and equal seeds tell nothing of the rest', () => {
  const two = crossed({ items: 100, seeds: 2 }, { item: 1, seed: 0.01, rest: 1 });
  expect(countedOnce(two.mean, two.values).draws).toEqual(two.mean.draws);
  expect(ownShareOfSeeds([Float64Array.of(1), Float64Array.of(2), Float64Array.of(4)])).toBe(1);
  expect(ownShareOfSeeds([1, 2, 3].map(() => Float64Array.of(0, 1, 5)))).toBe(1);
});

test('a mean of losses counts the rest once, too', () => {
  const positive = crossed({ items: 200, seeds: 5 }, { item: 0.1, seed: 0.002, rest: 0.1 });
  const values = positive.values.map((list) => list.map((value) => value + 2));
  const bySeed = values.map((list) => {
    const point = list.reduce((sum, value) => sum + value, 0) / list.length;
    return { point, draws: new Float64Array(500).fill(point) };
  });
  const weights = studentWeights(5, 500, seededRandom(3));
  const spread = (estimate: { draws: Float64Array }) => Math.sqrt(variance(estimate.draws.map(Math.log)));
  const alone = bySeed.map(({ point }) => Float64Array.of(point));
  const ratio =
    spread(logMeanOverSeeds(bySeed, weights, values)) / spread(logMeanOverSeeds(bySeed, weights, alone));
  expect(ratio).toBeCloseTo(ownShareOfSeeds(values), 9);
  expect(ratio).toBeLessThan(1);
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

test('deviations of seeds that are equal but for their last digits differ by exactly zero', () => {
  const left = { point: 0.3, draws: Float64Array.of(0.3), ofSeeds: Float64Array.of(1e-18) };
  const right = { point: 0.4, draws: Float64Array.of(0.4), ofSeeds: Float64Array.of(-2e-18) };
  expect(twoLevelDifference(left, right).ofSeeds).toEqual(Float64Array.of(0));
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

test('two seeds, whose weights have Cauchy’s tails, give no loss of 0 and no infinite one', () => {
  const bySeed = [0.1, 9].map((point) => ({ point, draws: new Float64Array(RESAMPLES).fill(point) }));
  const { draws } = logMeanOverSeeds(bySeed, studentWeights(2, RESAMPLES, seededRandom(1)), []);
  expect(draws.every((draw) => draw > 0 && Number.isFinite(draw))).toBe(true);
});
