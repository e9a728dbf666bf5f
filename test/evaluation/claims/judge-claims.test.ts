import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ClaimRows, judgeClaims } from '../../../evaluation/claims/judge-claims.js';
import { loadClaims } from '../../../evaluation/claims/load-claims.js';
import { seededRandom, shuffled } from '../../../evaluation/statistics/random.js';
import { ClaimRow, EvidenceRow } from '../../../schemas/claims.js';
import { FAILS, HOLDS, STAR, type ToySize, toyRows } from './toy-world.js';

const SET = await loadClaims('toy-crossover', { root: resolve(import.meta.dirname, '../../..') });
const SIZE: ToySize = { budgets: [1, 32, 256, 4096], seeds: 5, items: 150, seed: 1, luck: 0.01 };
const SMALL: ToySize = { ...SIZE, items: 8, luck: 0.2 };

function judged(rows: ClaimRows) {
  const result = judgeClaims(rows, { set: SET, settings: { confidence: 0.95, resamples: 400, seed: 0 } });
  return {
    ...result,
    verdicts: Object.fromEntries(result.claims.map(({ claim, verdict }) => [claim, verdict])),
  };
}

const there = judged(toyRows(HOLDS, SIZE));

describe('registered claims', () => {
  test('are replicated in a world where they hold', () => {
    expect(there.verdicts).toMatchObject({
      'SC-1': 'replicated',
      'SC-2': 'replicated',
      'SC-3': 'replicated',
      'SC-4': 'replicated',
      'EX-1a': 'replicated',
      'EX-1c': 'replicated',
      'EX-1d': 'replicated',
      'EX-1e': 'replicated',
    });
  });

  test('are not replicated where the opposite is true', () => {
    const { verdicts } = judged(toyRows(FAILS, SIZE));
    expect(new Set(Object.values(verdicts))).toEqual(new Set(['not-replicated']));
  });

  test('a method that leads at every budget has no crossover: the affine adapter with full fine-tuning', () => {
    expect(there.verdicts['EX-1b']).toBe('not-replicated');
    const rows = there.evidence.filter(({ claim, part }) => claim === 'EX-1b' && part === 'cell');
    expect(rows.filter(({ finding }) => finding === 'against').length).toBeGreaterThanOrEqual(
      rows.length / 2,
    );
  });

  test('are undecided in a study too small to tell, never refuted or confirmed by luck', () => {
    const even = {
      ...HOLDS,
      steered: Object.fromEntries(Object.keys(HOLDS.steered).map((stage) => [stage, () => 0.5])),
    };
    const { verdicts } = judged(
      toyRows({ ...even, others: { 'trained-vector': () => 0.5, lora: () => 0.5, full: () => 0.5 } }, SMALL),
    );
    expect(new Set(Object.values(verdicts))).toEqual(new Set(['undecided']));
  });

  test('with fewer seeds than registered every claim is undecided, and says why', () => {
    const { claims } = judged(toyRows(HOLDS, { ...SIZE, seeds: 4, items: 20 }));
    for (const row of claims) {
      expect(row.verdict).toBe('undecided');
      expect(row.shortfall).toBe('4 complete seeds in the smallest cell, at least 5 registered');
    }
  });

  test('with fewer levels on an axis than registered every claim is undecided, and says which', () => {
    const { claims } = judged(
      toyRows(
        HOLDS,
        { ...SIZE, items: 20 },
        STAR.filter(({ values }) => values !== 8),
      ),
    );
    for (const row of claims) {
      expect(row.verdict).toBe('undecided');
      expect(row.shortfall).toBe('2 levels of “values” with all else equal, at least 3 registered');
    }
  });

  test('a cell of complexity whose stage failed throughout makes its claims undecided, and no others', () => {
    const rows = toyRows(HOLDS, { ...SIZE, items: 20 });
    const isLost = ({ model, stage }: { model: string; stage: string }) =>
      model === 'toys/d64' && stage === 'full';
    const { claims } = judged({
      ...rows,
      items: rows.items.filter((row) => !isLost(row)),
      cells: rows.cells.map((cell) =>
        isLost(cell) ? { ...cell, status: 'failed', reason: 'loss is NaN' } : cell,
      ),
    });
    const shortfalls = Object.fromEntries(claims.map(({ claim, shortfall }) => [claim, shortfall]));
    expect(shortfalls['EX-1a']).toBe('results in 6 of 7 cells of complexity, all are needed');
    expect(shortfalls['EX-1d']).toBe('results in 6 of 7 cells of complexity, all are needed');
    expect(shortfalls['SC-1']).toBeNull();
  });

  test('the same rows in another order give the same verdicts and numbers', () => {
    const rows = toyRows(HOLDS, { ...SIZE, items: 20 });
    const random = seededRandom('order');
    const mixed = { ...rows, items: shuffled(rows.items, random), cells: shuffled(rows.cells, random) };
    expect(judged(mixed)).toEqual(judged(rows));
  });

  test('facts of a task that was not judged on its steered labels make no cell', () => {
    const rows = toyRows(HOLDS, { ...SIZE, items: 20 });
    const views = rows.facts.map((row) => ({ ...row, task: `${row.task} → ${row.task}.steered` }));
    expect(judged({ ...rows, facts: [...rows.facts, ...views] })).toEqual(judged(rows));
  });

  test('rows fit their schemas, and every verdict has its numbers', () => {
    for (const row of there.claims) {
      expect(ClaimRow.parse(row)).toEqual(row);
      expect(there.evidence.some(({ claim }) => claim === row.claim)).toBe(true);
    }
    for (const row of there.evidence) expect(EvidenceRow.parse(row)).toEqual(row);
  });

  test('estimates lie within four standard errors of the truth that was put in', () => {
    const find = (claim: string, part: string, quantity: string, axis: string | null, n: number) =>
      there.evidence.find(
        (row) =>
          row.claim === claim &&
          row.part === part &&
          row.quantity === quantity &&
          row.axis === axis &&
          row.largest_n === n,
      );
    // The ceiling falls by 0.2 a doubling, two doublings an axis.
    for (const axis of ['density', 'steered', 'values']) {
      const change = find('SC-2', 'axis', 'change', axis, 4096);
      expect(errors(change, -0.4)).toBeLessThan(4);
    }
    const spared = find('EX-1d', 'all', 'difference', null, 4096);
    expect(errors(spared, 0.2)).toBeLessThan(4);
  });
});

/** Distance from the truth in standard errors, of which a 95 % interval has 3.92. */
function errors(row: EvidenceRow | undefined, truth: number): number {
  const { value, low, high } = row ?? {};
  return (Math.abs((value ?? Number.NaN) - truth) * 3.92) / ((high ?? Number.NaN) - (low ?? Number.NaN));
}

describe('claims that do not fit a study', () => {
  test('name the stage that is missing', () => {
    const rows = toyRows(HOLDS, { ...SIZE, items: 5 });
    const without = {
      ...rows,
      items: rows.items.filter(({ stage }) => stage !== 'lora'),
      cells: rows.cells.filter(({ stage }) => stage !== 'lora'),
    };
    expect(() => judged(without)).toThrow(
      /claim EX-1c of toy-crossover: found no stage "lora", expected one of affine, /,
    );
  });

  test('name the facts or the tests that are missing', () => {
    const rows = toyRows(HOLDS, { ...SIZE, items: 5 });
    const noFacts = { ...rows, facts: rows.facts.filter(({ fact }) => fact !== 'density') };
    expect(() => judged(noFacts)).toThrow(/found no task with the facts density, steered, values/);
    const isOther = ({ task }: { task: string }) => task.endsWith('.others');
    const noOthers = {
      ...rows,
      items: rows.items.filter((row) => !isOther(row)),
      cells: rows.cells.filter((row) => !isOther(row)),
    };
    expect(() => judged(noOthers)).toThrow(/found no results of "k1v4 → k1v4\.others" with toys\/d32/);
  });

  test('name the budgets they would need', () => {
    expect(() => judged(toyRows(HOLDS, { ...SIZE, items: 5, budgets: [64, 4096] }))).toThrow(
      /found budgets 64, 4096, expected some up to 32 examples and some above/,
    );
  });

  test('are not found under another name, with a suggestion', async () => {
    await expect(
      loadClaims('toy-crosover', { root: resolve(import.meta.dirname, '../../..') }),
    ).rejects.toThrow(/found no claims "toy-crosover".*toy-crossover/);
  });
});
