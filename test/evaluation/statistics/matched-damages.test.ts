import { describe, expect, it } from 'vitest';
import { pairOf } from '../../../evaluation/statistics/comparison.js';
import { matchedDamages } from '../../../evaluation/statistics/matched-damages.js';
import type { MatchedRow } from '../../../evaluation/statistics/rows.js';
import { scoredTasks } from '../../../evaluation/statistics/scored-tasks.js';
import { taskBootstrap } from '../../../evaluation/statistics/task-bootstrap.js';
import type { CellRow, ItemRow } from '../../../schemas/tables.js';
import { type StageEffect, type SyntheticSize, syntheticRows } from './synthetic-rows.js';

const size: SyntheticSize = { items: 200, seeds: 5, budgets: [1, 4, 16, 64], seed: 7 };
const settings = { confidence: 0.95, resamples: 400, seed: 0 };
const rising = (n: number) => 0.5 + Math.log2(n) / 3;

function matched(
  rows: { items: ItemRow[]; cells: CellRow[] },
  [one, other]: readonly [string, string] = ['first', 'second'],
): MatchedRow[] {
  return scoredTasks(rows).flatMap((task) => {
    const [first, second] = [task.stages.get(one), task.stages.get(other)];
    if (first === undefined || second === undefined) throw new Error('a stage is missing');
    return matchedDamages([pairOf(first, second)], taskBootstrap(task, settings));
  });
}

/** Both gain as much with as many examples; the second pays another KL for it. */
function matchedOf(
  stages: { first: Partial<StageEffect>; second: Partial<StageEffect> },
  sized: Partial<SyntheticSize> = {},
): MatchedRow[] {
  const rows = syntheticRows(
    {
      task: 'sums',
      type: 'reasoning',
      base: -0.5,
      options: 4,
      stages: [
        { stage: 'first', method: 'vector', effect: rising, kl: (n) => 0.01 * n ** 0.5, ...stages.first },
        { stage: 'second', method: 'lora', effect: rising, kl: (n) => 0.01 * n ** 0.5, ...stages.second },
      ],
    },
    { ...size, ...sized },
  );
  return matched(rows);
}

const within = (row: MatchedRow) => {
  expect(row.first_low ?? Number.NaN).toBeLessThanOrEqual(row.first_kl ?? Number.NaN);
  expect(row.first_high ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(row.first_kl ?? Number.NaN);
};

describe('two methods at matched effectiveness', () => {
  it('of which one pays ten times the KL for the same gain: the other changes less', () => {
    const rows = matchedOf({ first: {}, second: { kl: (n) => 0.1 * n ** 0.5 } });
    expect(rows.map(({ measure, share }) => [measure, share])).toEqual([
      ['score', 0.5],
      ['score', 0.9],
      ['margin', 0.5],
      ['margin', 0.9],
    ]);
    for (const row of rows) {
      expect(row).toMatchObject({ first: 'first', second: 'second', seeds: 5, items: 200, reason: null });
      // What 200 items and 5 seeds reach of nearly all of a gain in score is uncertain.
      if (row.measure === 'margin' || row.share === 0.5) expect(row.verdict).toBe('first-changes-less');
      expect(row.difference).toBeCloseTo((row.second_kl ?? 0) - (row.first_kl ?? 0), 12);
      within(row);
    }
  });

  it('find the KL of the curves they were made from, where the margin is matched', () => {
    const [, , half] = matchedOf({ first: {}, second: {} }, { items: 200, seeds: 20 });
    // Half of the gain at N = 64 is 1.25: rising(4) = 1.17 and rising(16) = 1.83 are on either side of it.
    expect(half?.gain).toBeGreaterThan(1.1);
    expect(half?.gain).toBeLessThan(1.4);
    const share = ((half?.gain ?? 0) - rising(4)) / (rising(16) - rising(4));
    const expected = 0.02 + share * 0.02;
    expect(half?.first_low ?? 0).toBeLessThan(expected);
    expect(half?.first_high ?? 0).toBeGreaterThan(expected);
    expect(half?.verdict).toBe('undecided');
  });

  it('say nothing that depends on which of them is named first', () => {
    const rows = syntheticRows(
      {
        task: 'sums',
        type: 'reasoning',
        base: -0.5,
        options: 4,
        stages: [
          { stage: 'first', method: 'vector', effect: rising, kl: () => 0.01 },
          { stage: 'second', method: 'lora', effect: (n) => 0.7 * rising(n), kl: (n) => 0.002 * n },
        ],
      },
      size,
    );
    const one = matched(rows);
    const other = matched(rows, ['second', 'first']);
    for (const [index, row] of one.entries()) {
      const turned = other[index];
      expect([turned?.second_kl, turned?.second_low, turned?.second_high]).toEqual([
        row.first_kl,
        row.first_low,
        row.first_high,
      ]);
      expect(turned?.gain).toBe(row.gain);
      const open = Number.POSITIVE_INFINITY;
      expect(turned?.difference_low ?? -open).toBeCloseTo(-(row.difference_high ?? open), 12);
    }
  });

  it('have no number where one gains nothing, but the reason', () => {
    for (const row of matchedOf({ first: { effect: () => -1 }, second: {} })) {
      expect(row.reason).toBe('first gains nothing with any number of examples');
      expect([row.gain, row.first_kl, row.second_kl, row.difference]).toEqual([null, null, null, null]);
      expect(row.verdict).toBe('undecided');
    }
  });

  it('have an open end where resamples do not reach the gain', () => {
    const [row] = matchedOf(
      { first: { effect: () => 0.05 }, second: { effect: () => 0.05 } },
      { items: 60, seeds: 3 },
    );
    if (row?.gain === null) return expect(row.reason).toMatch(/gains nothing/);
    expect(row?.first_reaches).toBeLessThan(1);
    expect(row?.first_high).toBeNull();
    expect(row?.verdict).toBe('undecided');
  });

  it('with one seed have numbers and no verdict', () => {
    const rows = matchedOf({ first: {}, second: { kl: (n) => 0.1 * n } }, { seeds: 1 });
    for (const row of rows) {
      expect(row.first_kl).toBeGreaterThan(0);
      expect(row).toMatchObject({ verdict: 'undecided', reason: expect.stringContaining('one seed') });
    }
  });

  it('leave out a seed that failed in either, and have no rows without unrelated text', () => {
    const { items, cells } = syntheticRows(
      {
        task: 'sums',
        type: 'reasoning',
        base: -0.5,
        options: 4,
        stages: [
          { stage: 'first', method: 'vector', effect: rising, kl: () => 0.01 },
          { stage: 'second', method: 'lora', effect: rising, kl: () => 0.01 },
        ],
      },
      size,
    );
    const failed = (row: { stage: string; n: number; seed: number }) =>
      row.stage === 'second' && row.n === 4 && row.seed === 2;
    const some = matched({
      items: items.filter((row) => !failed(row)),
      cells: cells.map((cell) => (failed(cell) ? { ...cell, status: 'failed' as const } : cell)),
    });
    expect(some.map(({ seeds }) => seeds)).toEqual([4, 4, 4, 4]);
    expect(matched({ items, cells: cells.map((cell) => ({ ...cell, kl: null })) })).toEqual([]);
  });
});

it('the interval of KL at a matched gain holds the truth about as often as it says', () => {
  let held = 0;
  const studies = 40;
  for (let seed = 0; seed < studies; seed += 1) {
    const [, , half] = matchedOf({ first: {}, second: {} }, { items: 60, seeds: 4, seed: 100 + seed });
    const share = ((half?.gain ?? 0) - rising(4)) / (rising(16) - rising(4));
    // exp(0.2 z) has the mean e^0.02
    const expected =
      Math.exp(0.02) *
      (share < 0
        ? 0.01 + (((half?.gain ?? 0) - rising(1)) / (rising(4) - rising(1))) * 0.01
        : 0.02 + share * 0.02);
    const low = half?.first_low ?? 0;
    const high = half?.first_high ?? Number.POSITIVE_INFINITY;
    if (low <= expected && expected <= high) held += 1;
  }
  // Fewer than 33 of 40 have a probability of 0.07 % where the truth is held in 95 %.
  expect(held).toBeGreaterThanOrEqual(33);
});
