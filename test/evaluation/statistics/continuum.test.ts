import { describe, expect, test } from 'vitest';
import { type FitOptions, fit as fitRows } from '../../../evaluation/statistics/fit.js';
import { FrontRow, LeadRow } from '../../../evaluation/statistics/rows.js';
import { type StageEffect, syntheticRows } from './synthetic-rows.js';

const stage = (name: string, gain: number, flops: number, validation = 0.5): StageEffect => ({
  stage: name,
  method: name,
  effect: () => gain,
  kl: () => 0.01,
  flops: () => flops,
  validation,
});
const OPTIONS: FitOptions = { confidence: 0.95, resamples: 400, seed: 0, pairs: [] };

function study(stages: readonly StageEffect[], seeds = 4) {
  const size = { items: 80, seeds, budgets: [4, 16], seed: 3 };
  return syntheticRows({ task: 'capitals', type: 'capability', base: 0, options: 4, stages }, size);
}

describe('the front of a budget', () => {
  const rows = study([
    stage('cheap', 0.8, 1e12),
    stage('wasteful', 0.8, 9e14),
    stage('dear', 2.5, 5e14),
    stage('harmful', -2, 2e12),
  ]);
  const { fronts } = fitRows(rows, OPTIONS);
  const at16 = fronts.filter(({ n, measure }) => n === 16 && measure === 'margin');

  test('joins what nothing cheaper equals, and names the step between neighbours', () => {
    expect(at16.filter((row) => row.on_front).map((row) => [row.previous, row.stage])).toEqual([
      ['baseline', 'cheap'],
      ['cheap', 'dear'],
    ]);
    const [cheap, , dear] = at16;
    expect(cheap?.step).toBe(cheap?.gain);
    expect(dear?.step).toBeCloseTo((dear?.gain ?? 0) - (cheap?.gain ?? 0), 12);
    expect(dear?.step_low).toBeGreaterThan(0); // 1.7 nats were put in
  });

  test('says in what share of resamples each is on it', () => {
    const share = Object.fromEntries(at16.map((row) => [row.stage, row.front_share]));
    expect(share.dear).toBe(1);
    expect(share.harmful).toBe(0);
    expect(share.wasteful).toBe(0);
  });

  test('counts the method and its search, mean over seeds, in the order of cost', () => {
    const cells = rows.cells.filter((cell) => cell.stage === 'dear' && cell.n === 16);
    const mean = cells.reduce((sum, cell) => sum + cell.flops_method + cell.flops_search, 0) / cells.length;
    expect(at16.find((row) => row.stage === 'dear')?.flops).toBeCloseTo(mean, -3);
    expect(at16.map(({ flops }) => flops)).toEqual(at16.map(({ flops }) => flops).sort((a, b) => a - b));
  });

  test('is empty where no method gains: the untreated model costs nothing', () => {
    const harmed = fitRows(study([stage('harmful', -2, 1e12)]), OPTIONS).fronts;
    expect(harmed.map((row) => [row.on_front, row.front_share, row.step])).toEqual(
      harmed.map(() => [false, 0, null]),
    );
  });

  test('leaves out a method without a successful cell, and the rows satisfy their schema', () => {
    const failed = (row: { stage: string }) => row.stage === 'dear';
    const without = {
      items: rows.items.filter((row) => !failed(row)),
      cells: rows.cells.map((row) => (failed(row) ? { ...row, status: 'failed' as const } : row)),
    };
    const left = fitRows(without, OPTIONS).fronts;
    expect(left.some((row) => row.stage === 'dear')).toBe(false);
    for (const row of [...left, ...fronts]) FrontRow.parse(row);
  });
});

describe('the stage that stands for a kind', () => {
  const contests = [{ kind: 'steer' as const, stages: ['one', 'two', 'three'] }];
  const chosenOf = (rows: ReturnType<typeof study>) => {
    const { leads } = fitRows(rows, { ...OPTIONS, contests });
    for (const row of leads) LeadRow.parse(row);
    return leads.filter((row) => row.chosen).map((row) => row.stage);
  };

  test('is the best on validation items, though another is better on test items', () => {
    const rows = study([
      stage('one', 3, 1e12, 0.5),
      stage('two', 0, 1e12, 0.7),
      stage('three', 2, 1e12, 0.6),
    ]);
    expect(chosenOf(rows)).toEqual(['two']);
  });

  test('is the first declared of equals', () => {
    expect(chosenOf(study([stage('three', 1, 1e12), stage('two', 1, 1e12), stage('one', 1, 1e12)]))).toEqual([
      'one',
    ]);
  });

  test('is not one that failed somewhere, whatever its validation score elsewhere', () => {
    const { items, cells } = study([
      stage('one', 1, 1e12, 0.9),
      stage('two', 1, 1e12, 0.5),
      stage('three', 1, 1e12, 0.4),
    ]);
    const failed = (row: { stage: string; n: number; seed: number }) =>
      row.stage === 'one' && row.n === 4 && row.seed === 0;
    const rows = {
      items: items.filter((row) => !failed(row)),
      cells: cells.map((row) => (failed(row) ? { ...row, status: 'failed' as const } : row)),
    };
    expect(chosenOf(rows)).toEqual(['two']);
  });
});

test('many methods that do not lead do not weaken the tests of the one that does', () => {
  const lead = stage('lead', 0.6, 1e12, 0.9);
  const crowd = Array.from({ length: 8 }, (_, index) => stage(`other-${index}`, 0, 1e12));
  const names = ['lead', ...crowd.map((other) => other.stage)];
  const pOf = (stages: StageEffect[], contests: FitOptions['contests'] = []) =>
    fitRows(study(stages), { ...OPTIONS, contests }).differences.find(
      (row) => row.second === 'lead' && row.measure === 'margin' && row.n === 4,
    );
  const crowded = pOf([lead, ...crowd], [{ kind: 'steer', stages: names }]);
  const unlisted = pOf([lead, ...crowd]);
  // Two budgets are the whole family of what leads; without contests all eighteen tests are one.
  expect(crowded?.p_holm).toBeLessThanOrEqual(2 * (crowded?.p ?? 0));
  expect(unlisted?.p_holm).toBeGreaterThan(crowded?.p_holm ?? 1);
});

describe('a combination', () => {
  const stages = [
    stage('vector', 0.3, 1e12),
    stage('lora', 0.6, 2e12),
    stage('wide-lora', 1.6, 4e12),
    stage('both', 1.6, 3e12),
  ];
  const combinations = [{ stage: 'both', of: ['lora', 'vector'] as const, against: ['wide-lora'] }];
  const { compositions } = fitRows(study(stages), { ...OPTIONS, combinations });
  const overall = compositions.filter((row) => row.n === null && row.measure === 'margin');

  test('is held against each part, the better part, and what searched as much as both', () => {
    expect(overall.map(({ against, rivals, better }) => [against, rivals.join(), better])).toEqual([
      ['part', 'lora', 'lora'],
      ['part', 'vector', 'vector'],
      ['parts', 'lora,vector', 'lora'],
      ['equal-search', 'wide-lora', 'wide-lora'],
    ]);
  });

  test('may help against its parts and not against an equal search', () => {
    const verdicts = Object.fromEntries(overall.map((row) => [row.against, row.verdict]));
    expect(verdicts.parts).toBe('helps'); // 1 nat was put in
    expect(verdicts['equal-search']).not.toBe('helps');
  });

  test('against a copy of itself has a difference of exactly zero: no difference', () => {
    const rows = study(stages);
    const copy = <Row extends { stage: string }>(all: Row[]) => [
      ...all.filter((row) => row.stage !== 'wide-lora'),
      ...all.filter((row) => row.stage === 'both').map((row) => ({ ...row, stage: 'wide-lora' })),
    ];
    const copied = { items: copy(rows.items), cells: copy(rows.cells) };
    const found = fitRows(copied, { ...OPTIONS, combinations }).compositions.filter(
      (row) => row.against === 'equal-search',
    );
    for (const row of found)
      expect([row.difference, row.low, row.high, row.verdict]).toEqual([0, 0, 0, 'no-difference']);
  });

  test('with one seed has no verdict', () => {
    const found = fitRows(study(stages, 1), { ...OPTIONS, combinations }).compositions;
    expect(new Set(found.map((row) => row.verdict))).toEqual(new Set(['undecided']));
  });
});
