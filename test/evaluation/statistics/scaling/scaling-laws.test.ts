import { describe, expect, test } from 'vitest';
import { ScalingPointRow, ScalingRow } from '../../../../evaluation/statistics/law-rows.js';
import { normal, type Random, seededRandom } from '../../../../evaluation/statistics/random.js';
import { scalingLaws } from '../../../../evaluation/statistics/scaling/scaling-laws.js';
import type { FactRow } from '../../../../schemas/tables.js';
import { bootstrapOf, type StageValues } from '../synthetic-task.js';

const SIZES = [1e6, 4e6, 1.6e7, 6.4e7];
const BUDGETS = [1, 4, 16, 64, 256];

/** Mean loss of a model of a size with n examples. */
type Surface = (size: number, n: number) => number;

const multiplicative =
  (alpha: number, beta = 0.3): Surface =>
  (size, n) =>
    Math.exp(4) * size ** -alpha * n ** -beta + 0.1;
const additive =
  (alpha: number): Surface =>
  (size, n) =>
    Math.exp(3) * size ** -alpha + 0.6 * n ** -0.4 + 0.1;

/** How items and seeds deviate from the surface, in standard deviations of log loss. */
type Luck = { items: number; seeds: number; random: Random; ofItems: number; ofSeeds: number };
const EXACT: Luck = { items: 2, seeds: 2, random: seededRandom('none'), ofItems: 0, ofSeeds: 0 };

function stageOn(surface: Surface, size: number, luck: Luck): StageValues {
  const factor = (deviation: number) => Math.exp(deviation * normal(luck.random) - deviation ** 2 / 2);
  const items = Array.from({ length: luck.items }, () => factor(luck.ofItems));
  return {
    budgets: BUDGETS,
    seeds: luck.seeds,
    cell: (n) => {
      const mean = surface(size, n) * factor(luck.ofSeeds);
      return { loss: items.map((item) => mean * item) };
    },
  };
}

function parametersOf(sizes: readonly number[]): FactRow[] {
  return sizes.map((value) => ({ model: `${value}`, task: 'capitals', fact: 'parameters', value }));
}

function lawsOn(surfaces: Record<string, Surface>, { luck = EXACT, sizes = SIZES } = {}) {
  const bootstraps = sizes.map((size) => {
    const stages = Object.entries(surfaces).map(([name, surface]) => [name, stageOn(surface, size, luck)]);
    return bootstrapOf({ model: `${size}`, stages: Object.fromEntries(stages) });
  });
  return scalingLaws(bootstraps, { facts: parametersOf(sizes), confidence: 0.95 });
}

function chosenOf(rows: readonly ScalingRow[], stage: string): ScalingRow {
  const found = rows.filter((row) => row.stage === stage && row.chosen);
  if (found.length !== 1 || found[0] === undefined)
    throw new Error(`${stage}: found ${found.length} chosen laws, expected one`);
  return found[0];
}

describe('joint laws of a task', () => {
  test('give back what made the losses: the form, exponents of stages of their own, and the floor', () => {
    const tables = lawsOn({ one: multiplicative(0.2, 0.3), other: multiplicative(0.3, 0.5) });
    for (const row of tables.scaling) ScalingRow.parse(row);
    for (const row of tables.scalingPoints) ScalingPointRow.parse(row);
    for (const [stage, alpha, beta] of [
      ['one', 0.2, 0.3],
      ['other', 0.3, 0.5],
    ] as const) {
      const row = chosenOf(tables.scaling, stage);
      expect(row).toMatchObject({ form: 'multiplicative', sharing: 'separate', models: 4, points: 20 });
      expect(row.alpha).toBeCloseTo(alpha, 6);
      expect(row.beta).toBeCloseTo(beta, 6);
      expect(row.floor).toBeCloseTo(0.1, 6);
      expect(row.scale).toBeCloseTo(Math.exp(4), 3);
    }
    for (const { residual } of tables.scalingPoints) expect(residual).toBeCloseTo(0, 6);
  });

  test('one β and E of all stages, where all have one: the additive form, with B', () => {
    const luck = { items: 40, seeds: 4, random: seededRandom('shared'), ofItems: 0.1, ofSeeds: 0.03 };
    const { scaling } = lawsOn({ one: additive(0.2), other: additive(0.25) }, { luck });
    expect(chosenOf(scaling, 'one')).toMatchObject({ form: 'additive', sharing: 'shared' });
    const [one, other] = ['one', 'other'].map((stage) => chosenOf(scaling, stage));
    expect(one?.beta).toBe(other?.beta);
    expect(one?.floor).toBe(other?.floor);
    expect(one?.data_scale).toBeGreaterThan(0);
  });

  test.each([
    ['multiplicative', multiplicative(0.2), 0.2, 0.3],
    ['additive', additive(0.25), 0.25, 0.4],
  ] as const)(
    'of simulated studies the lowest AICc is of the form that made them, and intervals hold α and β: %s',
    { timeout: 120_000 },
    (form, surface, alpha, beta) => {
      const rows = Array.from({ length: 30 }, (_, study) => {
        const random = seededRandom(`${form} ${study}`);
        const luck = { items: 50, seeds: 4, random, ofItems: 0.3, ofSeeds: 0.05 };
        return chosenOf(lawsOn({ one: surface }, { luck }).scaling, 'one');
      });
      const holds = (low: number | null, high: number | null, truth: number) =>
        low !== null && high !== null && low <= truth && truth <= high;
      // Of 30, 24 or fewer have probability 0.003 when each has 0.95.
      expect(rows.filter((row) => row.form === form).length).toBeGreaterThan(24);
      expect(rows.filter((row) => holds(row.alpha_low, row.alpha_high, alpha)).length, 'α').toBeGreaterThan(
        24,
      );
      expect(rows.filter((row) => holds(row.beta_low, row.beta_high, beta)).length, 'β').toBeGreaterThan(24);
    },
  );

  test('the error on the most capable model is nothing where the law goes on, and what it breaks by where not', () => {
    const whole = chosenOf(lawsOn({ one: multiplicative(0.2) }).scaling, 'one');
    expect(whole.held_out_model).toBe('64000000');
    expect(whole.held_out_error).toBeCloseTo(0, 6);
    const broken: Surface = (size, n) => multiplicative(0.2)(size, n) * (size === 6.4e7 ? 1.5 : 1);
    const row = lawsOn({ one: broken }).scaling.find(({ form }) => form === 'multiplicative');
    expect(row?.held_out_error).toBeCloseTo(Math.log(1.5), 6);
  });

  test('X may be 1 ÷ the loss of the untreated model, with the resamples of that', () => {
    const random = seededRandom('zero-shot');
    const luck = { items: 60, seeds: 4, random, ofItems: 0.2, ofSeeds: 0.02 };
    const bootstraps = [2, 1, 0.5, 0.25].map((untreated) => {
      const surface: Surface = (loss, n) => 2 * loss * n ** -0.3;
      const stages = {
        baseline: { budgets: [0], cell: () => ({ loss: [untreated * 0.9, untreated * 1.1] }) },
        one: stageOn(surface, untreated, luck),
      };
      return bootstrapOf({ model: `model of ${untreated}`, stages });
    });
    const { scaling, scalingPoints } = scalingLaws(bootstraps, { facts: [], confidence: 0.95 });
    expect(new Set(scaling.map(({ capability }) => capability))).toEqual(new Set(['zero-shot']));
    expect(new Set(scalingPoints.map(({ x }) => x.toFixed(9)))).toEqual(
      new Set(['0.500000000', '1.000000000', '2.000000000', '4.000000000']),
    );
    const row = chosenOf(scaling, 'one');
    expect(row.form).toBe('multiplicative');
    expect(row.alpha_low).toBeLessThan(1);
    expect(row.alpha_high).toBeGreaterThan(1);
  });
});

describe('no joint law is fitted, and it is said why, where there are', () => {
  const reasonsOf = (tables: ReturnType<typeof lawsOn>) => {
    for (const row of tables.scaling) {
      expect(ScalingRow.parse(row)).toMatchObject({ status: 'undecided', chosen: false, alpha: null });
    }
    expect(tables.scalingPoints).toEqual([]);
    return [...new Set(tables.scaling.map(({ reason }) => reason))];
  };
  const bootstraps = (cell: (size: number, n: number) => readonly number[], budgets = BUDGETS) =>
    SIZES.map((size) =>
      bootstrapOf({
        model: `${size}`,
        stages: { one: { budgets, seeds: 2, cell: (n) => ({ loss: cell(size, n) }) } },
      }),
    );
  const lawsOf = (all: ReturnType<typeof bootstraps>) =>
    scalingLaws(all, { facts: parametersOf(SIZES), confidence: 0.95 });

  test('two models; one has no rows at all', () => {
    const two = lawsOn({ one: multiplicative(0.2) }, { sizes: SIZES.slice(0, 2) });
    expect(reasonsOf(two)).toEqual(['one: 2 capabilities; a law needs 3']);
    expect(lawsOn({ one: multiplicative(0.2) }, { sizes: SIZES.slice(0, 1) }).scaling).toEqual([]);
  });

  test('two budgets', () => {
    expect(reasonsOf(lawsOf(bootstraps(() => [1, 2], [1, 2])))).toEqual(['one: 2 budgets; a law needs 3']);
  });

  test('three models that share too few budgets', () => {
    const some = SIZES.slice(0, 3).map((size, index) =>
      bootstrapOf({
        model: `${size}`,
        stages: {
          one: { budgets: BUDGETS.slice(index, index + 2), seeds: 2, cell: () => ({ loss: [1, 2] }) },
        },
      }),
    );
    expect(reasonsOf(lawsOf(some))).toEqual(['one: 6 points; a law needs 7']);
  });

  test('losses of 0, in the mean or in some resample', () => {
    const reason = 'one: a mean loss of 0, which has no logarithm';
    expect(reasonsOf(lawsOf(bootstraps(() => [0, 0])))).toEqual([reason]);
    expect(reasonsOf(lawsOf(bootstraps((size, n) => [0, multiplicative(0.2)(size, n)])))).toEqual([reason]);
  });

  test('losses that are all the same', () => {
    expect(reasonsOf(lawsOf(bootstraps(() => [0.7, 0.7])))).toEqual(['one: every mean loss is the same']);
  });

  test('items without option probabilities: no rows', () => {
    const all = SIZES.map((size) =>
      bootstrapOf({
        model: `${size}`,
        stages: { one: { budgets: BUDGETS, cell: () => ({ loss: null, margin: [1] }) } },
      }),
    );
    expect(lawsOf(all)).toEqual({ scaling: [], scalingPoints: [] });
  });
});

test('with one seed a law has no interval: the luck of its examples is not known', () => {
  const luck = { ...EXACT, items: 30, seeds: 1, ofItems: 0.2 };
  expect(chosenOf(lawsOn({ one: multiplicative(0.2) }, { luck }).scaling, 'one')).toMatchObject({
    status: 'fitted',
    alpha_low: null,
    beta_high: null,
    resamples: 0,
  });
});

test('the same items under every seed give numbers, not NaN', () => {
  const luck = { ...EXACT, items: 1 };
  const row = chosenOf(lawsOn({ one: multiplicative(0.2) }, { luck }).scaling, 'one');
  expect(row.alpha_low).toBeCloseTo(0.2, 6);
  expect(row.alpha_high).toBeCloseTo(0.2, 6);
});
