import { describe, expect, test } from 'vitest';
import { CrossoverTrendRow } from '../../../../evaluation/statistics/law-rows.js';
import { normal, seededRandom } from '../../../../evaluation/statistics/random.js';
import { crossoverTrends } from '../../../../evaluation/statistics/scaling/crossover-trends.js';
import type { CrossoverRow } from '../../../../schemas/tables.js';
import { bootstrapOf } from '../synthetic-task.js';

const SIZES = [1e6, 4e6, 1.6e7, 6.4e7];
const TRUTH = { intercept: -3, gamma: 0.4 };

const onTheLine = (size: number) => Math.exp(TRUTH.intercept + TRUTH.gamma * Math.log(size));

/** A crossover at N*, its 95 % interval 1.96 standard errors of log N* to either side; censored where null. */
function crossingAt(size: number, nStar: number | null, error = 0.2): CrossoverRow {
  return {
    model: `${size}`,
    task: 'capitals',
    task_type: 'capability',
    measure: 'margin',
    first: 'vector',
    second: 'lora',
    verdict: nStar === null ? 'first-better' : 'crossover',
    n_star: nStar,
    low: nStar === null ? null : nStar * Math.exp(-1.959964 * error),
    high: nStar === null ? null : nStar * Math.exp(1.959964 * error),
    probability_in_range: nStar === null ? 0 : 1,
    direction: nStar === null ? 'none' : 'first-then-second',
    censoring: nStar === null ? 'right' : 'none',
    smallest_n: 1,
    largest_n: 4096,
    difference_at_smallest: -1,
    difference_at_smallest_low: -2,
    difference_at_smallest_high: -0.5,
    difference_at_largest: 1,
    difference_at_largest_low: 0.5,
    difference_at_largest_high: 2,
    seeds: 5,
    items: 100,
    resamples: 1000,
  };
}

function trendOf(crossovers: readonly CrossoverRow[], losses?: (size: number) => readonly number[]) {
  const sizes = [...new Set(crossovers.map(({ model }) => Number(model)))];
  const rows = crossoverTrends({
    bootstraps: sizes.map((size) =>
      bootstrapOf({
        model: `${size}`,
        stages:
          losses === undefined ? {} : { baseline: { budgets: [0], cell: () => ({ loss: losses(size) }) } },
      }),
    ),
    facts: sizes.map((value) => ({ model: `${value}`, task: 'capitals', fact: 'parameters', value })),
    crossovers,
    lawCrossovers: [],
    confidence: 0.95,
  });
  for (const row of rows) CrossoverTrendRow.parse(row);
  return rows;
}

describe('N* against capability', () => {
  test('gives back the line that made it, and predicts the most capable model from the others', () => {
    const [row, ...others] = trendOf(SIZES.map((size) => crossingAt(size, onTheLine(size))));
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      status: 'fitted',
      capability: 'parameters',
      source: 'interpolated-margin',
      models: 4,
      held_out_model: '64000000',
    });
    expect(row?.gamma).toBeCloseTo(TRUTH.gamma, 9);
    expect(row?.intercept).toBeCloseTo(TRUTH.intercept, 7);
    expect(row?.held_out_error).toBeCloseTo(0, 7);
  });

  test('that leaves the line at the most capable model is off there by as much', () => {
    const bent = SIZES.map((size) => crossingAt(size, onTheLine(size) * (size === 6.4e7 ? 3 : 1)));
    expect(trendOf(bent)[0]?.held_out_error).toBeCloseTo(-Math.log(3), 7);
  });

  test.each([
    ['their intervals explain', 1],
    ['is three times what their intervals say', 3],
  ])('of simulated studies holds γ in its interval where the scatter of models %s', (_, times) => {
    const random = seededRandom(`scatter ${times}`);
    const held = Array.from({ length: 200 }, () => {
      const points = SIZES.map((size) =>
        crossingAt(size, onTheLine(size) * Math.exp(0.2 * times * normal(random))),
      );
      const [row] = trendOf(points);
      const [low, high] = [row?.gamma_low ?? Number.NaN, row?.gamma_high ?? Number.NaN];
      return low <= TRUTH.gamma && TRUTH.gamma <= high;
    });
    // Of 200, 180 or fewer have probability 0.004 when each has 0.95.
    expect(held.filter(Boolean).length).toBeGreaterThan(180);
  });

  test('is as sure of its direction as its interval: half where γ is 0', () => {
    const [flat] = trendOf(SIZES.map((size) => crossingAt(size, 30)));
    expect(flat?.gamma).toBeCloseTo(0, 9);
    expect(flat?.probability_positive).toBeCloseTo(0.5, 9);
    const [steep] = trendOf(SIZES.map((size) => crossingAt(size, size ** 2 / 1e11, 0.01)));
    expect(steep?.gamma).toBeCloseTo(2, 9);
    expect(steep?.probability_positive).toBeGreaterThan(0.999);
    expect(steep?.gamma_low).toBeGreaterThan(0);
  });

  test('counts errors of a measured X: the interval is wider than with the same X known exactly', () => {
    // The untreated losses are 1 ÷ √X, so that γ over log(1 ÷ loss) is twice that over log X.
    const crossings = SIZES.map((size) => crossingAt(size, onTheLine(size)));
    const widths = [0.001, 0.5].map((spread) => {
      const losses = (size: number) =>
        Array.from({ length: 20 }, (_, item) => (1 + (item % 2 === 0 ? spread : -spread)) / Math.sqrt(size));
      const row = trendOf(crossings, losses).find(({ capability }) => capability === 'zero-shot');
      expect(row?.gamma).toBeCloseTo(2 * TRUTH.gamma, 6);
      return (row?.gamma_high ?? Number.NaN) - (row?.gamma_low ?? Number.NaN);
    });
    expect(widths[1]).toBeGreaterThan(widths[0] ?? Number.NaN);
  });
});

describe('N* against capability is undecided, and says why', () => {
  test('where fewer than three models cross within the budgets', () => {
    const points = SIZES.map((size) => crossingAt(size, size < 5e6 ? onTheLine(size) : null));
    expect(trendOf(points)).toMatchObject([
      {
        status: 'undecided',
        reason: '2 models with N* and its interval within the budgets; a line needs 3',
        gamma: null,
        models: 2,
      },
    ]);
  });

  test('where an end of an interval lies beyond the budgets, or the interval has no width', () => {
    const open = SIZES.map((size) => ({ ...crossingAt(size, onTheLine(size)), high: null }));
    expect(trendOf(open)).toMatchObject([{ status: 'undecided', models: 0 }]);
    const points = SIZES.map((size) => crossingAt(size, onTheLine(size), 0));
    expect(trendOf(points)).toMatchObject([{ status: 'undecided', models: 0 }]);
  });

  test('where N* is of one seed, whose interval knows nothing of the luck of its examples', () => {
    const points = SIZES.map((size) => ({ ...crossingAt(size, onTheLine(size)), seeds: 1 }));
    expect(trendOf(points)).toMatchObject([{ status: 'undecided', models: 0, gamma: null }]);
  });

  test('where models are equally capable', () => {
    const points = [1, 2, 3, 4].map((copy) => ({
      ...crossingAt(1e6, 30),
      model: `copy ${copy}`,
    }));
    const rows = crossoverTrends({
      bootstraps: points.map(({ model }) => bootstrapOf({ model, stages: {} })),
      facts: points.map(({ model }) => ({ model, task: 'capitals', fact: 'parameters', value: 1e6 })),
      crossovers: points,
      lawCrossovers: [],
      confidence: 0.95,
    });
    expect(rows).toMatchObject([
      {
        status: 'undecided',
        reason: 'one capability among 4 models with N* and its interval within the budgets; a line needs 3',
      },
    ]);
  });

  test('a measured X whose loss is 0, in the mean or in some resample, is not known', () => {
    const points = SIZES.map((size) => crossingAt(size, onTheLine(size)));
    for (const losses of [() => [0, 0], () => [0, 1]]) {
      expect(trendOf(points, losses).map(({ capability }) => capability)).toEqual(['parameters']);
    }
  });

  test('one model, or none, has no rows', () => {
    expect(trendOf([crossingAt(1e6, 30)])).toEqual([]);
    expect(trendOf([])).toEqual([]);
  });
});
