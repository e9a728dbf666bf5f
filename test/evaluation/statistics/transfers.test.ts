import { describe, expect, test } from 'vitest';
import { TransferRow } from '../../../evaluation/statistics/law-rows.js';
import { normal, seededRandom } from '../../../evaluation/statistics/random.js';
import type { LeadRow } from '../../../evaluation/statistics/rows.js';
import { transfers } from '../../../evaluation/statistics/transfers.js';
import { bootstrapOf } from './synthetic-task.js';

const BUDGETS = [1, 4, 16, 64, 256];

const lead = (stage: string): LeadRow => ({
  model: 'small',
  task: 'capitals',
  kind: 'finetune',
  stage,
  cells: 15,
  validation_score: 0.5,
  chosen: true,
});

type Curve = (n: number) => number;

function effective(
  { reference, own }: { reference: Curve; own: Curve },
  { luck = (_seed: number, _stage: string): number => 1, seeds = 3, items = [0.5, 1, 1.5] } = {},
) {
  const stageOf = (stage: string, loss: Curve) => ({
    budgets: BUDGETS,
    seeds,
    cell: (n: number, seed: number) => {
      const factor = luck(seed, stage);
      return { loss: items.map((item) => loss(n) * item * factor) };
    },
  });
  const bootstrap = bootstrapOf({
    stages: { lora: stageOf('lora', reference), vector: stageOf('vector', own) },
  });
  const rows = transfers(bootstrap, [lead('lora')]);
  for (const row of rows) TransferRow.parse(row);
  return rows;
}

const reference: Curve = (n) => n ** -0.5;

describe('effective data', () => {
  test('of power laws are the closed form: a loss of c · L(N) is that of the reference at N · c^(−1/β)', () => {
    const rows = effective({ reference, own: (n) => 0.25 * n ** -0.5 });
    expect(rows.map(({ n, reference: of }) => [n, of])).toEqual(BUDGETS.map((n) => [n, 'lora']));
    expect(rows.slice(0, 3).map((row) => row.effective_n?.toFixed(6))).toEqual([
      '16.000000',
      '64.000000',
      '256.000000',
    ]);
    expect(rows[0]?.multiplier).toBeCloseTo(16, 9);
    expect(rows[0]).toMatchObject({ status: 'fitted', reason: null, censoring: 'none', seeds: 3, items: 3 });
  });

  test('beyond the largest budget of the reference, and before its smallest, are censored: no number', () => {
    const [below] = effective({ reference, own: (n) => 2 * n ** -0.5 });
    expect(below).toMatchObject({
      effective_n: null,
      low: null,
      high: null,
      censoring: 'left',
      multiplier: null,
    });
    const above = effective({ reference, own: (n) => 0.25 * n ** -0.5 }).at(-1);
    expect(above).toMatchObject({ n: 256, effective_n: null, low: null, high: null, censoring: 'right' });
  });

  test('are open to both sides where the luck of a seed decides', () => {
    const luck = (seed: number, stage: string) => (stage === 'vector' ? 4 ** (seed - 1) : 1);
    for (const row of effective({ reference: (n) => n ** -0.01, own: () => 0.97 }, { luck }))
      expect(row).toMatchObject({ low: null, high: null, censoring: 'both' });
  });

  test('where the reference rises are those of the falling curve next to it', () => {
    // 1, 0.5, 0.5, 0.5, 0.25 after pooling 0.25 · 1 · 0.5: a loss of 0.5 is first reached at N = 4.
    const losses = new Map([
      [1, 1],
      [4, 0.25],
      [16, 1],
      [64, 0.5],
      [256, 0.25],
    ]);
    const [row] = effective({ reference: (n) => losses.get(n) ?? Number.NaN, own: () => 0.500001 });
    expect(row?.effective_n).toBeCloseTo(4, 3);
  });

  test('of simulated studies are held by the interval', () => {
    const random = seededRandom('transfers');
    const held = Array.from({ length: 100 }, () => {
      const luck = () => Math.exp(0.05 * normal(random));
      const rows = effective({ reference, own: () => reference(8) }, { luck, seeds: 5 });
      const [row] = rows;
      return (row?.low ?? Number.NaN) <= 8 && 8 <= (row?.high ?? Number.NaN);
    });
    // Of 100, 88 or fewer have probability 0.004 when each has 0.95.
    expect(held.filter(Boolean).length).toBeGreaterThan(88);
  });

  test('of losses of 0, in the mean or in some resample, are undecided', () => {
    for (const items of [
      [0, 0],
      [0, 1],
    ]) {
      for (const row of effective({ reference, own: reference }, { items }))
        expect(row).toMatchObject({
          status: 'undecided',
          reason: 'a mean loss of 0, which has no logarithm',
          effective_n: null,
          multiplier: null,
        });
    }
  });

  test('of losses that are all the same are fewer than the smallest budget', () => {
    for (const row of effective({ reference: () => 1, own: () => 1 }, { items: [1] }))
      expect(row).toMatchObject({ effective_n: null, censoring: 'left' });
  });

  test('have no rows without a leading fine-tuning stage, or losses', () => {
    const cell = () => ({ loss: null, margin: [1] });
    const stages = { lora: { budgets: BUDGETS, cell }, vector: { budgets: BUDGETS, cell } };
    expect(transfers(bootstrapOf({ stages }), [lead('lora')])).toEqual([]);
    expect(transfers(bootstrapOf({ stages }), [])).toEqual([]);
  });
});
