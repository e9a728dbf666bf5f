import { expect, test } from 'vitest';
import { meanOverLogN, sharesOverLogN } from '../../../evaluation/statistics/area.js';
import { normal, seededRandom } from '../../../evaluation/statistics/random.js';
import type { ScoredStage } from '../../../evaluation/statistics/scored-stage.js';
import { bootstrapOf } from './synthetic-task.js';

const BUDGETS = [1, 4, 64];
const [SEEDS, ITEMS] = [5, 30];

/** Margins of two methods: what is a seed's own lasts over all budgets, the rest is drawn anew at each. */
const random = seededRandom('what lasts and what does not');
const luck = [0, 1].map(() => Array.from({ length: SEEDS }, () => 0.3 * normal(random)));
const margins = luck.map((ofSeed) =>
  BUDGETS.map(() => ofSeed.map((own) => Array.from({ length: ITEMS }, () => own + 0.8 * normal(random)))),
);

function stageValues(budgets: readonly number[], marginOf: (place: number, seed: number) => number[]) {
  return {
    budgets,
    seeds: SEEDS,
    cell: (n: number, seed: number) => ({ loss: null, margin: marginOf(budgets.indexOf(n), seed) }),
  };
}

function stagesOf(
  budgets: readonly number[],
  marginOf: (method: number, place: number, seed: number) => number[],
) {
  const test = bootstrapOf({
    stages: {
      one: stageValues(budgets, (place, seed) => marginOf(0, place, seed)),
      other: stageValues(budgets, (place, seed) => marginOf(1, place, seed)),
    },
  });
  const [one, other] = [...test.task.stages.values()] as [ScoredStage, ScoredStage];
  return { test, one, other };
}

const seeds = Array.from({ length: SEEDS }, (_, seed) => seed);
const curve = stagesOf(BUDGETS, (method, place, seed) => margins[method]?.[place]?.[seed] ?? []);
/** The same study with one budget, whose every value is the mean of the curve's over log N. */
const averaged = stagesOf([1], (method, _, seed) =>
  Array.from({ length: ITEMS }, (__, item) =>
    meanOverLogN(
      BUDGETS,
      BUDGETS.map((___, place) => margins[method]?.[place]?.[seed]?.[item] ?? Number.NaN),
    ),
  ),
);

const at = (stage: ScoredStage, n: number) => ({ stage, n, seeds });

test('shares over log N are those of the mean over log N', () => {
  const values = [3, -1, 7];
  const shares = sharesOverLogN(BUDGETS);
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  expect(shares.reduce((sum, share, index) => sum + share * (values[index] ?? Number.NaN), 0)).toBeCloseTo(
    meanOverLogN(BUDGETS, values),
    12,
  );
  expect(sharesOverLogN([8])).toEqual([1]);
});

test('the mean of a curve is estimated as that of values averaged over log N, to every resample', () => {
  const { point, draws } = curve.test.meanOverLogN(
    BUDGETS.map((n) => at(curve.one, n)),
    'margin',
  );
  const expected = averaged.test.mean(averaged.one, 1, 'margin', seeds);
  expect(point).toBeCloseTo(expected.point, 12);
  for (const [resample, draw] of draws.entries())
    expect(draw).toBeCloseTo(expected.draws[resample] ?? Number.NaN, 10);
});

test('and the difference of two curves as that of two methods with such values', () => {
  const { point, draws } = curve.test.weightedDifference(
    BUDGETS.map((n) => ({ first: at(curve.one, n), second: at(curve.other, n) })),
    sharesOverLogN(BUDGETS),
    'margin',
  );
  const expected = averaged.test.difference(at(averaged.one, 1), at(averaged.other, 1), 'margin');
  expect(point).toBeCloseTo(expected.point, 12);
  for (const [resample, draw] of draws.entries())
    expect(draw).toBeCloseTo(expected.draws[resample] ?? Number.NaN, 10);
});
