import { describe, expect, test } from 'vitest';
import {
  percentileInterval,
  resampledMean,
  resampleWeights,
} from '../../../evaluation/statistics/bootstrap.js';
import { normal, type Random, seededRandom } from '../../../evaluation/statistics/random.js';
import { type StudentDraws, studentDraws } from '../../../evaluation/statistics/student-draws.js';
import { studentQuantile } from '../../../evaluation/statistics/student-t.js';
import {
  estimateOf,
  lossEstimateOf,
  meanDifference,
  meanSquares,
  ownShareOfItems,
  ownShareOfSeeds,
  type TwoLevelMean,
  twoLevelMean,
  weightedSum,
} from '../../../evaluation/statistics/two-level-mean.js';
import { RESAMPLES, relative, TOLERANCE, variance } from './monte-carlo.js';

type Size = { items: number; seeds: number };
type Weights = { items: Float64Array[]; seeds: StudentDraws };

function weightsOf({ items, seeds }: Size, resamples: number, seed = 'weights'): Weights {
  return {
    items: resampleWeights(items, resamples, seededRandom(`${seed} of items`)),
    seeds: studentDraws(seeds, resamples, seededRandom(`${seed} of seeds`)),
  };
}

function meanOf(values: readonly Float64Array[], weights: Weights): TwoLevelMean {
  return twoLevelMean(
    values,
    values.map((list) => resampledMean(list, weights.items)),
    weights.seeds,
  );
}

/** Items × seeds, a list a seed, each with effects of these standard deviations. */
function crossed(
  { items, seeds }: Size,
  spread: { item: number; seed: number; rest: number },
  random: Random,
) {
  const difficulty = Float64Array.from({ length: items }, () => spread.item * normal(random));
  return Array.from({ length: seeds }, () => {
    const luck = spread.seed * normal(random);
    return difficulty.map((value) => value + luck + spread.rest * normal(random));
  });
}

describe('the two-level mean', () => {
  test.each([2, 3, 5])('of %d seeds without items has Student’s interval', (seeds) => {
    const values = Array.from({ length: seeds }, (_, index) => Float64Array.of(index ** 2));
    const mean = estimateOf(meanOf(values, weightsOf({ items: 1, seeds }, RESAMPLES)));
    const half =
      studentQuantile(0.975, seeds - 1) * Math.sqrt(variance(values.map(([value = 0]) => value)) / seeds);
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

  test('adds the variances of seeds and items, which all seeds share', () => {
    const items = Float64Array.from({ length: 40 }, (_, index) => index % 2);
    const shifts = [0, 0.3, 0.9];
    const values = shifts.map((shift) => items.map((value) => value + shift));
    const { point, ofItems, ofSeeds } = meanOf(values, {
      ...weightsOf({ items: 40, seeds: 3 }, RESAMPLES),
      // Student's t with two degrees of freedom has no variance.
      seeds: {
        ...studentDraws(3, RESAMPLES, seededRandom('seeds')),
        weights: resampleWeights(3, RESAMPLES, seededRandom('seeds')),
      },
    });
    expect(point).toBeCloseTo(0.9, 12);
    expect(relative(variance(ofItems), (0.25 * (40 / 39)) / 40)).toBeLessThan(TOLERANCE);
    expect(relative(variance(ofSeeds), 0.21 / 3)).toBeLessThan(TOLERANCE); // s² of the shifts is 0.21
  });

  test('counts what happens to an item under one seed once: with the seeds, not with the items again', () => {
    const size = { items: 400, seeds: 4 };
    for (const item of [0.3, 1]) {
      const values = crossed(size, { item, seed: 0.1, rest: 1 }, seededRandom(item));
      const mean = meanOf(values, weightsOf(size, 1000));
      const { draws } = estimateOf(mean);
      const ofSeeds = mean.ofSeeds.map((deviation, resample) => {
        const { seeds, items, rest } = meanSquares(values);
        const isHeavy = (mean.seedDraws.chance[resample] ?? Number.NaN) < seeds / (seeds + items - rest);
        return isHeavy ? deviation : deviation * (mean.seedDraws.lighter[resample] ?? Number.NaN);
      });
      const left = draws.map((draw, resample) => draw - mean.point - (ofSeeds[resample] ?? Number.NaN));
      const share = Math.sqrt(variance(left) / variance(mean.ofItems));
      expect(share).toBeCloseTo(ownShareOfItems(meanSquares(values)), 9);
      // An item's mean over four seeds has a quarter of the rest. Mean squares of 399 and 1,197 degrees of freedom have a
      // ratio known to 8 %; four of those.
      const own = item ** 2 / (item ** 2 + 1 / 4);
      expect(Math.abs(share ** 2 - own)).toBeLessThan(4 * 0.08 * (1 - own));
    }
  });

  test('leaves the rest with the items where seeds hold nothing of it, as the same counts under all of them', () => {
    expect(ownShareOfItems({ seeds: 1, items: 1, rest: 2 })).toBe(0);
    expect(ownShareOfItems({ seeds: 1e-20, items: 1, rest: 2 })).toBe(1);
    // Of 40 items each seed solves two more, and every seed others.
    const values = [0, 2, 4].map((first) =>
      Float64Array.from({ length: 40 }, (_, item) => Number(item === first || item === first + 1)),
    );
    const { value, low, high } = percentileInterval(
      estimateOf(meanOf(values, weightsOf({ items: 40, seeds: 3 }, 1000))),
      0.95,
    );
    expect(value).toBeCloseTo(0.05, 12);
    expect(low).toBeLessThan(0.03);
    expect(high).toBeGreaterThan(0.07);
  });

  test('is exactly 0 in the resamples whose every item is, and in no other', () => {
    const size = { items: 5, seeds: 3 };
    const weights = weightsOf(size, 1000);
    const gains = Float64Array.of(0, 1 / 3, 0, 0, 0);
    const { draws } = estimateOf(meanOf([gains, gains, gains], weights));
    for (const [resample, draw] of draws.entries())
      expect(draw === 0).toBe((weights.items[resample]?.[1] ?? Number.NaN) === 0);
    expect(draws.filter((draw) => draw === 0).length).toBeGreaterThan(100);
  });

  test('of one seed is the items’ alone', () => {
    const values = Float64Array.of(0, 1, 1, 5);
    const weights = weightsOf({ items: 4, seeds: 1 }, 100);
    const expected = resampledMean(values, weights.items);
    expect(ownShareOfItems(meanSquares([values]))).toBe(1);
    for (const [resample, draw] of estimateOf(meanOf([values], weights)).draws.entries())
      expect(draw).toBeCloseTo(expected.draws[resample] ?? Number.NaN, 12);
  });

  // Of what an estimate varies by, the seeds' own part, the items' and the rest: the rest taken out of the seeds instead
  // makes it 92 % in the first, and tails that are not matched to the items' part 97 to 98 % in the second.
  const spreads = [
    { item: 0.3, seed: Math.sqrt(3 / 20), rest: 1 },
    { item: 1, seed: 1 / Math.sqrt(20 / 3), rest: 0.3 },
  ];
  test.each(spreads.flatMap((spread) => [3, 4, 5].map((seeds) => ({ seeds, spread }))))(
    'has an interval that holds what it says: $seeds seeds, $spread',
    ({ seeds, spread }) => {
      const [size, studies] = [{ items: 20, seeds }, 1500];
      const weights = weightsOf(size, 2000);
      let held = 0;
      for (let study = 0; study < studies; study++) {
        const random = seededRandom(JSON.stringify([spread, seeds, study]));
        const { low, high } = percentileInterval(
          estimateOf(meanOf(crossed(size, spread, random), weights)),
          0.95,
        );
        held += Number(low <= 0 && 0 <= high);
      }
      // Three standard errors of a share of 95 % in so many studies.
      const error = 3 * Math.sqrt((0.95 * 0.05) / studies);
      expect(Math.abs(held / studies - 0.95)).toBeLessThan(error);
    },
  );

  // Scores of 0 and 1, of which a tenth changes under a seed on half of the items: means of few seeds are often the same.
  test.each([2, 3])('of %d seeds holds counts as well', (seeds) => {
    const [size, studies] = [{ items: 40, seeds }, 1000];
    const weights = weightsOf(size, 400);
    const share = (of: (interval: { low: number; high: number }) => boolean) =>
      Array.from({ length: studies }, (_, study) => {
        const random = seededRandom(JSON.stringify(['counts', seeds, study]));
        const gain = (item: number) => {
          if (item % 2 === 0 || random() > 0.1) return 0;
          return random() < 0.5 ? 1 : -1;
        };
        const gains = Array.from({ length: seeds }, () =>
          Float64Array.from({ length: size.items }, (__, item) => gain(item)),
        );
        return percentileInterval(estimateOf(meanOf(gains, weights)), 0.95);
      }).filter(of).length / studies;
    // Three standard errors of a share of 5 % in so many studies.
    const error = 3 * Math.sqrt((0.95 * 0.05) / studies);
    expect(share(({ low, high }) => low > 0 || high < 0)).toBeLessThan(0.05 + error);
  });
});

describe('differences and sums', () => {
  const size = { items: 30, seeds: 3 };
  const weights = weightsOf(size, 200);
  const random = seededRandom('differences and sums');
  const [one, other] = [0, 1].map(() => crossed(size, { item: 1, seed: 0.3, rest: 1 }, random)) as [
    Float64Array[],
    Float64Array[],
  ];

  function expectSame(found: TwoLevelMean, expected: TwoLevelMean) {
    const numbers = ({ point, ofItems, ofSeeds, values }: TwoLevelMean) => [
      point,
      ...ofItems,
      ...ofSeeds,
      ...values.flatMap((list) => [...list]),
    ];
    const wanted = numbers(expected);
    for (const [index, value] of numbers(found).entries())
      expect(value).toBeCloseTo(wanted[index] ?? Number.NaN, 12);
  }

  test('are the means of values that were subtracted or summed', () => {
    const both = (combined: (left: number, right: number) => number) =>
      one.map((list, seed) => list.map((value, item) => combined(value, other[seed]?.[item] ?? Number.NaN)));
    const means = [one, other].map((values) => meanOf(values, weights)) as [TwoLevelMean, TwoLevelMean];
    expectSame(
      meanDifference(...means),
      meanOf(
        both((left, right) => right - left),
        weights,
      ),
    );
    expectSame(
      weightedSum(means, [-0.5, 2]),
      meanOf(
        both((left, right) => 2 * right - left / 2),
        weights,
      ),
    );
    expect(() => weightedSum([], [])).toThrow(/found no means/);
  });

  test('of the same values are exactly 0, in whatever order they were summed', () => {
    const left = meanOf(one, weights);
    const right = {
      ...left,
      point: left.point * (1 + 1e-15),
      ofSeeds: left.ofSeeds.map((value) => value + 1e-18),
    };
    const same = estimateOf(meanDifference(left, right));
    expect(same).toEqual({ point: 0, draws: new Float64Array(200) });
  });
});

describe('a mean of losses', () => {
  const single = (...points: number[]) => points.map((point) => Float64Array.of(point));

  test('deviates by factors: no resample is 0 or less, and small deviations are those of terms', () => {
    const weights = weightsOf({ items: 1, seeds: 3 }, 500);
    for (const draw of lossEstimateOf(meanOf(single(0.01, 1, 2), weights)).draws)
      expect(draw).toBeGreaterThan(0);
    const near = meanOf(single(1, 1 + 1e-6, 1 - 1e-6), weights);
    const [factors, terms] = [lossEstimateOf(near), estimateOf(near)];
    for (const [resample, draw] of factors.draws.entries()) {
      const deviation = (terms.draws[resample] ?? Number.NaN) - 1;
      expect(Math.abs(draw - 1 - deviation)).toBeLessThanOrEqual(deviation ** 2 + 1e-15);
    }
  });

  test('of two seeds, whose weights have Cauchy’s tails, is neither 0 nor infinite', () => {
    const { draws } = lossEstimateOf(meanOf(single(0.1, 9), weightsOf({ items: 1, seeds: 2 }, RESAMPLES)));
    expect(draws.every((draw) => draw > 0 && Number.isFinite(draw))).toBe(true);
  });

  test('has seeds deviate by their own part alone, which fewer than three do not tell', () => {
    const size = { items: 200, seeds: 5 };
    const values = crossed(size, { item: 0.1, seed: 0.01, rest: 0.1 }, seededRandom('losses')).map((list) =>
      list.map((value) => value + 2),
    );
    const { seeds, rest } = meanSquares(values);
    expect(ownShareOfSeeds(values)).toBeCloseTo(Math.sqrt(1 - rest / seeds), 12);
    expect(ownShareOfSeeds(values)).toBeLessThan(1);
    expect(ownShareOfSeeds(values.slice(0, 2))).toBe(1);
    const mean = meanOf(values, weightsOf(size, 500));
    for (const [resample, draw] of lossEstimateOf(mean).draws.entries()) {
      const ofItems = mean.point + (mean.ofItems[resample] ?? Number.NaN);
      const deviation = (mean.ofSeeds[resample] ?? Number.NaN) / mean.point;
      expect(Math.log(draw / ofItems)).toBeCloseTo(ownShareOfSeeds(values) * deviation, 12);
    }
  });

  test('of nothing but zeros is 0', () => {
    const { point, draws } = lossEstimateOf(meanOf(single(0, 0, 0), weightsOf({ items: 1, seeds: 3 }, 10)));
    expect([point, ...draws]).toEqual(new Array(11).fill(0));
  });
});
