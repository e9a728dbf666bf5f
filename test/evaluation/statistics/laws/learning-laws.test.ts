import { describe, expect, test } from 'vitest';
import { fit as fitRows } from '../../../../evaluation/statistics/fit.js';
import { LawCurveRow, LawRow } from '../../../../evaluation/statistics/law-rows.js';
import { type StageEffect, syntheticRows } from '../synthetic-rows.js';

const OPTIONS = { confidence: 0.95, resamples: 200, seed: 0, pairs: [] };
const lora: StageEffect = { stage: 'lora', method: 'lora', effect: (n) => Math.log2(n) / 2, kl: () => 0.01 };

function study(budgets: readonly number[], stages: readonly StageEffect[] = [lora]) {
  const size = { items: 60, seeds: 3, budgets, seed: 3 };
  return syntheticRows({ task: 'currencies', type: 'capability', base: 0.2, options: 4, stages }, size);
}

describe('learning laws', () => {
  const { laws } = fitRows(study([1, 2, 4, 8, 16, 32, 64, 128]), OPTIONS);

  test('every law is a row of its schema, and one of a curve is chosen', () => {
    for (const row of laws.laws) LawRow.parse(row);
    expect(laws.laws.map(({ law }) => law)).toEqual(['rectified', 'power', 'exponential', 'monotone']);
    expect(laws.laws.filter(({ chosen }) => chosen).length).toBe(1);
  });

  test('the fitted curve falls, lies in its band and has a residual at every budget', () => {
    for (const row of laws.curves) LawCurveRow.parse(row);
    const fitted = laws.curves.map((row) => row.fitted ?? Number.NaN);
    expect(fitted).toEqual(fitted.toSorted((one, other) => other - one));
    for (const { fitted_low, fitted, fitted_high } of laws.curves) {
      expect(fitted_low).toBeLessThanOrEqual(fitted ?? Number.NaN);
      expect(fitted_high).toBeGreaterThanOrEqual(fitted ?? Number.NaN);
    }
    expect(laws.curves.filter(({ residual }) => residual !== null).length).toBe(8);
  });

  test('three budgets bear no law: each says how many it needs, and interpolation is chosen', () => {
    const { laws: few } = fitRows(study([1, 8, 64]), OPTIONS).laws;
    expect(few.map(({ law, status, chosen }) => [law, status, chosen])).toEqual([
      ['rectified', 'undecided', false],
      ['power', 'undecided', false],
      ['exponential', 'undecided', false],
      ['monotone', 'fitted', true],
    ]);
    expect(few[0]?.reason).toBe('3 budgets; 4 parameters need 5');
    expect(few[0]?.exponent).toBeNull();
  });

  test('episodes have no option probabilities, hence a row that says so and no curve', () => {
    const rows = study([1, 8, 64]);
    const items = rows.items.map((item) => ({ ...item, logprobs: [] }));
    const { laws: tables } = fitRows({ ...rows, items }, OPTIONS);
    expect(tables.laws).toMatchObject([
      { status: 'undecided', reason: 'items without option probabilities' },
    ]);
    expect(tables.curves).toEqual([]);
  });
});
