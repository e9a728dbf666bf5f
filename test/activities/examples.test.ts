import { describe, expect, test } from 'vitest';
import { cellsOfExamples, examplesOf } from '../../activities/examples.js';
import type { SampleRow } from '../../schemas/item.js';
import type { CellRow } from '../../schemas/tables.js';
import { syntheticRows } from '../evaluation/statistics/synthetic-rows.js';

const { items, cells } = syntheticRows(
  {
    task: 'swaps',
    type: 'reasoning',
    base: 0,
    options: 3,
    stages: [{ stage: 'lora', method: 'lora', effect: (n) => n / 80, kl: () => 0.1 }],
  },
  { items: 60, seeds: 3, budgets: [1, 8], seed: 4 },
);
const tests = new Map([
  ['swaps', items.filter(({ n }) => n === 0).map(({ item, label }) => asked(item, label))],
]);

describe('the cells of examples', () => {
  const shownOf = (rows: readonly CellRow[]) =>
    rows.filter(cellsOfExamples(rows)).map(({ stage, n, seed }) => `${stage} ${n} ${seed}`);

  test('are untreated ones and the largest budget’s first seed', () => {
    expect(shownOf(cells)).toEqual(['baseline 0 0', 'lora 8 0']);
  });

  test('are none that failed', () => {
    const failed = cells.map((cell) =>
      cell.n === 8 && cell.seed === 0 ? { ...cell, status: 'failed' as const, reason: 'NaN' } : cell,
    );
    expect(shownOf(failed)).toEqual(['baseline 0 0', 'lora 8 1']);
  });
});

test('an item that was mended, one that was spoiled and the first of all are shown with both scores', () => {
  const wanted = cellsOfExamples(cells);
  const rows = items.filter(wanted);
  const base = new Map(rows.filter(({ n }) => n === 0).map((row) => [row.item, row]));
  const treated = rows.filter(({ n }) => n > 0);
  const mended = treated.find((row) => row.correct && base.get(row.item)?.correct === false);
  const spoiled = treated.find((row) => !row.correct && base.get(row.item)?.correct === true);
  const shown = examplesOf(rows, tests);
  expect(mended).toBeDefined();
  expect(spoiled).toBeDefined();
  expect(new Set(shown.map(({ item }) => item))).toEqual(
    new Set([mended?.item, spoiled?.item, treated[0]?.item]),
  );
  for (const { item, base: before, treated: after, prompt } of shown) {
    expect(prompt).toBe(`prompt ${item}`);
    expect(before).toEqual(base.get(item)?.logprobs);
    expect(after).toEqual(treated.find((row) => row.item === item)?.logprobs);
  }
});

function asked(id: string, label: number): SampleRow {
  return { id, prompt: `prompt ${id}`, options: ['a', 'b', 'c'], label, split: 'test', position: 0 };
}
