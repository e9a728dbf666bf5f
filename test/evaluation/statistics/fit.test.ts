import { describe, expect, test } from 'vitest';
import { type FitOptions, fit as fitRows } from '../../../evaluation/statistics/fit.js';
import { seededRandom, shuffled } from '../../../evaluation/statistics/random.js';
import { CompositionRow, DifferenceRow, EfficiencyRow } from '../../../evaluation/statistics/rows.js';
import { CrossoverRow, CurveRow } from '../../../schemas/tables.js';
import { type StageEffect, type SyntheticSize, syntheticRows } from './synthetic-rows.js';

const SIZE: SyntheticSize = { items: 100, seeds: 4, budgets: [1, 4, 16, 64], seed: 3 };
const OPTIONS: FitOptions = { confidence: 0.95, resamples: 1000, seed: 0, pairs: [['vector', 'lora']] };
const vector: StageEffect = { stage: 'vector', method: 'mean-difference', effect: () => 1, kl: () => 0.02 };
const lora: StageEffect = {
  stage: 'lora',
  method: 'lora',
  effect: (n) => Math.log2(n) / 2,
  kl: (n) => 0.001 * n,
};
const both: StageEffect = {
  stage: 'both',
  method: 'finetune-then-steer',
  effect: (n) => 1 + Math.log2(n) / 2,
  kl: () => 0.05,
};

function study(stages: readonly StageEffect[], size = SIZE) {
  return syntheticRows({ task: 'currencies', type: 'capability', base: 0.2, options: 4, stages }, size);
}

describe('fit', () => {
  test('finds a crossing that was put in: steering is worth 1 nat, LoRA log₂(N)/2, so N* = 4', () => {
    const [, margin] = fitRows(study([vector, lora], { ...SIZE, seeds: 8 }), OPTIONS).crossovers;
    expect(margin).toMatchObject({
      measure: 'margin',
      verdict: 'crossover',
      direction: 'first-then-second',
      censoring: 'none',
    });
    expect(margin?.low).toBeLessThan(4);
    expect(margin?.high).toBeGreaterThan(4);
  });

  test('tells of every task that is done', () => {
    const told: unknown[] = [];
    fitRows(study([vector, lora]), { ...OPTIONS, onTask: (task) => told.push(task) });
    expect(told).toMatchObject([{ task: 'currencies', done: 1, of: 1 }]);
  });

  test('the same rows in any order give the same result, and another seed gives others', () => {
    const { items, cells } = study([vector, lora]);
    const random = seededRandom('order');
    const mixed = { items: shuffled(items, random), cells: shuffled(cells, random) };
    expect(fitRows(mixed, OPTIONS)).toEqual(fitRows({ items, cells }, OPTIONS));
    expect(fitRows({ items, cells }, { ...OPTIONS, seed: 1 }).curves).not.toEqual(
      fitRows({ items, cells }, OPTIONS).curves,
    );
  });

  test('exchanging a pair mirrors the differences and keeps N* and its interval', () => {
    const rows = study([vector, lora]);
    const there = fitRows(rows, OPTIONS);
    const back = fitRows(rows, { ...OPTIONS, pairs: [['lora', 'vector']] });
    for (const [index, row] of there.crossovers.entries()) {
      const mirrored = back.crossovers[index];
      expect(mirrored?.n_star).toBe(row.n_star);
      expect([mirrored?.low, mirrored?.high]).toEqual([row.low, row.high]);
      expect(mirrored?.difference_at_largest).toBeCloseTo(-row.difference_at_largest, 12);
      expect(mirrored?.difference_at_largest_low).toBeCloseTo(-row.difference_at_largest_high, 12);
    }
  });

  test('a method compared with its own copy differs by exactly zero and decides nothing', () => {
    const rows = study([vector]);
    const copied = {
      items: [
        ...rows.items,
        ...rows.items.filter((row) => row.n > 0).map((row) => ({ ...row, stage: 'copy' })),
      ],
      cells: [
        ...rows.cells,
        ...rows.cells.filter((row) => row.n > 0).map((row) => ({ ...row, stage: 'copy' })),
      ],
    };
    const result = fitRows(copied, { ...OPTIONS, pairs: [['vector', 'copy']] });
    const between = result.differences.filter(({ first }) => first === 'vector');
    expect(between.length).toBe(10);
    for (const row of between) expect([row.difference, row.low, row.high, row.p ?? 1]).toEqual([0, 0, 0, 1]);
    for (const row of result.crossovers)
      expect(row).toMatchObject({ verdict: 'undecided', n_star: null, censoring: 'both' });
  });

  test('two methods that are the same in truth are called a crossover no more often than the confidence allows', () => {
    const twin = { ...vector, stage: 'twin' };
    const small = { items: 40, seeds: 4, budgets: [1, 4, 16] };
    const verdicts = Array.from({ length: 40 }, (_, seed) =>
      fitRows(study([vector, twin], { ...small, seed }), {
        ...OPTIONS,
        resamples: 200,
        pairs: [['vector', 'twin']],
      }),
    ).flatMap(({ crossovers }) =>
      crossovers.filter(({ measure }) => measure === 'margin').map(({ verdict }) => verdict),
    );
    // 8 of 40 has probability < 0.001 when each is a false alarm with probability 0.05.
    expect(verdicts.filter((found) => found === 'crossover').length).toBeLessThan(8);
  });

  test('curves begin with the baseline at n = 0 and say how many seeds and items they rest on', () => {
    const { curves } = fitRows(study([vector, lora]), OPTIONS);
    const ofVector = curves.filter(({ stage, measure }) => stage === 'vector' && measure === 'score');
    expect(ofVector.map(({ n }) => n)).toEqual([0, 1, 4, 16, 64]);
    const untreated = curves.find(({ stage, measure }) => stage === 'baseline' && measure === 'score');
    expect(ofVector[0]).toMatchObject({ value: untreated?.value, seeds: 1, items: 100 });
    expect(ofVector[1]).toMatchObject({ seeds: 4, items: 100 });
    for (const row of curves) expect(row.low <= row.value && row.value <= row.high).toBe(true);
  });

  test('a point of a curve is the mean of the items and seeds it rests on', () => {
    const rows = study([vector, lora]);
    const { curves, efficiencies } = fitRows(rows, OPTIONS);
    const found = curves.find(
      ({ stage, measure, n }) => stage === 'lora' && measure === 'margin' && n === 16,
    );
    const margins = rows.items
      .filter(({ stage, n }) => stage === 'lora' && n === 16)
      .map(({ margin }) => margin);
    expect(found?.value).toBeCloseTo(margins.reduce((sum, margin) => sum + margin, 0) / margins.length, 10);
    const points = curves.filter(
      ({ stage, measure, n }) => stage === 'lora' && measure === 'margin' && n > 0,
    );
    const [a = 0, b = 0, c = 0, d = 0] = points.map(({ value }) => value);
    const mean = efficiencies.find(({ stage, measure }) => stage === 'lora' && measure === 'margin');
    expect(mean?.value).toBeCloseTo((a / 2 + b + c + d / 2) / 3, 10);
  });

  test('a failed cell takes its seed out of the comparison of curves and stays out of its point', () => {
    const { items, cells } = study([vector, lora]);
    const failed = (row: { stage: string; n: number; seed: number }) =>
      row.stage === 'lora' && row.n === 16 && row.seed === 2;
    const rows = {
      items: items.filter((row) => !failed(row)),
      cells: cells.map((row) =>
        failed(row) ? { ...row, status: 'failed' as const, reason: 'loss is NaN', score: null } : row,
      ),
    };
    const result = fitRows(rows, OPTIONS);
    expect(result.crossovers.map(({ seeds }) => seeds)).toEqual([3, 3]);
    const point = (n: number) =>
      result.curves.find((row) => row.stage === 'lora' && row.measure === 'score' && row.n === n);
    expect([point(4)?.seeds, point(16)?.seeds]).toEqual([4, 3]);
  });

  test('a method without a successful cell gives no rows for its pairs, and the others stay', () => {
    const { items, cells } = study([vector, lora]);
    const rows = {
      items: items.filter(({ stage }) => stage !== 'lora'),
      cells: cells.map((row) => (row.stage === 'lora' ? { ...row, status: 'failed' as const } : row)),
    };
    const result = fitRows(rows, OPTIONS);
    expect(result.crossovers).toEqual([]);
    expect(result.curves.some(({ stage }) => stage === 'vector')).toBe(true);
  });

  test('one seed decides nothing, one budget has a difference but no crossing', () => {
    expect(
      fitRows(study([vector, lora], { ...SIZE, seeds: 1 }), OPTIONS).crossovers.map(({ verdict }) => verdict),
    ).toEqual(['undecided', 'undecided']);
    const [score] = fitRows(study([vector, lora], { ...SIZE, budgets: [64] }), OPTIONS).crossovers;
    expect(score).toMatchObject({
      n_star: null,
      direction: 'none',
      smallest_n: 64,
      largest_n: 64,
      probability_in_range: 0,
    });
  });

  test('a combination is compared with the better of its parts', () => {
    const options = { ...OPTIONS, combinations: [{ stage: 'both', of: ['lora', 'vector'] as const }] };
    const { compositions } = fitRows(study([vector, lora, both]), options);
    const margin = compositions.filter((row) => row.measure === 'margin' && row.against === 'parts');
    expect(margin.map(({ n }) => n)).toEqual([1, 4, 16, 64, null]);
    expect(margin.map(({ better }) => better).slice(0, 4)).toEqual([
      'vector',
      expect.any(String),
      'lora',
      'lora',
    ]);
    expect(margin.at(-1)).toMatchObject({ verdict: 'helps' }); // 1 nat was put in at every budget
  });

  test('two seeds bound little, but no score leaves 0…1 and no two differ by more than 1', () => {
    const combinations = [{ stage: 'both', of: ['lora', 'vector'] as const }];
    // So high that the ends are the outermost of Student's tails with two seeds, which reach far beyond.
    const options = { ...OPTIONS, combinations, confidence: 0.999 };
    const few = { ...SIZE, seeds: 2, budgets: [1, 4] };
    const { curves, efficiencies, differences, compositions, fronts, crossovers } = fitRows(
      study([vector, lora, both], few),
      options,
    );
    const ofScore = (row: { measure: string }) => row.measure === 'score';
    for (const { low, high } of [...curves, ...efficiencies].filter(ofScore))
      expect([low >= 0, high <= 1]).toEqual([true, true]);
    const ends = [
      ...[...differences, ...compositions, ...fronts].filter(ofScore).flatMap(({ low, high }) => [low, high]),
      ...crossovers
        .filter(ofScore)
        .flatMap((row) => [row.difference_at_smallest_low, row.difference_at_smallest_high]),
    ];
    expect(Math.max(...ends.map(Math.abs))).toBe(1);
  });

  test('every row satisfies its schema', () => {
    const result = fitRows(study([vector, lora, both]), {
      ...OPTIONS,
      combinations: [{ stage: 'both', of: ['lora', 'vector'] }],
    });
    for (const row of result.curves) CurveRow.parse(row);
    for (const row of result.crossovers) CrossoverRow.parse(row);
    for (const row of result.differences) DifferenceRow.parse(row);
    for (const row of result.compositions) CompositionRow.parse(row);
    for (const row of result.efficiencies) EfficiencyRow.parse(row);
  });
});

describe('fit refuses', () => {
  const rows = study([vector, lora]);
  const [item] = rows.items;
  if (item === undefined) throw new Error('no rows');
  const refused = (changed: Partial<typeof rows>) => () => fitRows({ ...rows, ...changed }, OPTIONS);

  test('a pair that names no stage', () => {
    expect(() => fitRows(rows, { ...OPTIONS, pairs: [['vector', 'loar']] })).toThrow(
      /"loar".*baseline, lora, vector/,
    );
  });
  test('item rows without an ok cell, an ok cell without item rows, a cell or an item that comes twice', () => {
    expect(refused({ cells: rows.cells.slice(1) })).toThrow(/baseline \/ N = 0 \/ seed 0: found no cell row/);
    expect(refused({ items: rows.items.filter(({ n }) => n > 0) })).toThrow(/found no item rows/);
    expect(refused({ cells: [...rows.cells, ...rows.cells.slice(0, 1)] })).toThrow(/twice/);
    expect(refused({ items: [...rows.items, item] })).toThrow(/a test item twice/);
  });
  test('a margin that is not finite, and cells with other test items', () => {
    expect(refused({ items: [{ ...item, margin: Number.NaN }, ...rows.items.slice(1)] })).toThrow(
      /found margin NaN/,
    );
    expect(refused({ items: rows.items.slice(0, -1) })).toThrow(/found 99 test items, expected the same 100/);
  });
  test('stages that were scored on different items as a pair', () => {
    const renamed = rows.items.map((row) =>
      row.stage === 'lora' ? { ...row, item: `f${row.item.slice(1)}` } : row,
    );
    expect(refused({ items: renamed })).toThrow(/vector and lora: found different test items/);
  });
  test('a confidence or a number of resamples that means nothing', () => {
    expect(() => fitRows(rows, { ...OPTIONS, confidence: 95 })).toThrow(/found confidence 95/);
    expect(() => fitRows(rows, { ...OPTIONS, resamples: 10 })).toThrow(/found 10 resamples/);
  });
});
