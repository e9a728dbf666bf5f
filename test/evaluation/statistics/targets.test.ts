import { describe, expect, test } from 'vitest';
import { TargetRow } from '../../../evaluation/statistics/law-rows.js';
import { normal, seededRandom } from '../../../evaluation/statistics/random.js';
import { targets } from '../../../evaluation/statistics/targets.js';
import { bootstrapOf, type StageValues } from './synthetic-task.js';

const BUDGETS = [1, 4, 16, 64, 256];
const ITEMS = [-0.1, 0, 0.1];

/** Stages by their mean margin at a budget, every item and seed the same distance from it; the untreated model at −2. */
function reached(curves: Record<string, (n: number) => number>, luck = (_seed: number) => 0, seeds = 3) {
  const stages = Object.entries(curves).map(([name, margin]): [string, StageValues] => [
    name,
    {
      budgets: BUDGETS,
      seeds,
      cell: (n, seed) => {
        const shift = luck(seed);
        return { loss: null, margin: ITEMS.map((item) => margin(n) + item + shift) };
      },
    },
  ]);
  const baseline: StageValues = {
    budgets: [0],
    cell: () => ({ loss: null, margin: ITEMS.map((x) => x - 2) }),
  };
  const rows = targets(bootstrapOf({ stages: { baseline, ...Object.fromEntries(stages) } }));
  for (const row of rows) TargetRow.parse(row);
  return (stage: string, share: number) =>
    rows.find((row) => row.stage === stage && row.share === share && row.measure === 'margin');
}

// From −2 a rise of 1 a factor of four: −1 at N = 1, 3 at 256, where half of the way is 0.5 and nine tenths 2.5.
const rising = (n: number) => Math.log2(n) / 2 - 1;

describe('examples to a target', () => {
  test('are where the curve, straight over log N, reaches a share of the way to the best mean of the task', () => {
    const row = reached({ lora: rising, vector: () => -1.5 })('lora', 0.5);
    expect(row?.target).toBeCloseTo(0.5, 9);
    expect(row?.n).toBeCloseTo(8, 9);
    expect(row).toMatchObject({ seeds: 3, items: 3, method: 'lora' });
    expect(reached({ lora: rising })('lora', 0.9)?.n).toBeCloseTo(128, 6);
  });

  test('are beyond the largest budget of a method that never comes so far: no number, censored to the right', () => {
    const row = reached({ lora: rising, vector: () => -1.5 })('vector', 0.5);
    expect(row).toMatchObject({ n: null, low: null, high: null, censoring: 'right', probability_reached: 0 });
  });

  test('are before the smallest budget of a method that is there at once: no number, censored to the left', () => {
    const row = reached({ lora: rising, vector: () => 2.9 })('vector', 0.9);
    expect(row).toMatchObject({ n: null, low: null, high: null, censoring: 'left', probability_reached: 0 });
  });

  test('are open to both sides where the luck of a seed decides', () => {
    const row = reached({ lora: () => 1 }, (seed) => 3 * (seed - 1))('lora', 0.5);
    expect(row).toMatchObject({ low: null, high: null, censoring: 'both' });
  });

  test('of simulated studies are held by the interval, the level being that of the study', () => {
    const random = seededRandom('targets');
    const held = Array.from({ length: 100 }, () => {
      const row = reached({ lora: rising }, () => 0.1 * normal(random), 5)('lora', 0.5);
      // The curve that is true reaches the level the study set at:
      const truth = 4 ** ((row?.target ?? Number.NaN) + 1);
      return (row?.low ?? Number.NaN) <= truth && truth <= (row?.high ?? Number.NaN);
    });
    // Of 100, 88 or fewer have probability 0.004 when each has 0.95.
    expect(held.filter(Boolean).length).toBeGreaterThan(88);
  });

  test('are none where no mean lies above the untreated model’s', () => {
    expect(reached({ lora: () => -2, vector: () => -3 })('lora', 0.5)).toBeUndefined();
  });

  test('of one item under one seed are numbers, not NaN', () => {
    const one = (n: number) => ({ loss: null, margin: [rising(n)] });
    const stages = {
      baseline: { budgets: [0], cell: () => ({ loss: null, margin: [-2] }) },
      lora: { budgets: BUDGETS, cell: one },
    };
    const rows = targets(bootstrapOf({ stages })).filter(({ measure }) => measure === 'margin');
    expect(rows[0]?.n).toBeCloseTo(8, 9);
    expect(rows[0]).toMatchObject({ low: rows[0]?.n, high: rows[0]?.n, seeds: 1, items: 1 });
  });
});
