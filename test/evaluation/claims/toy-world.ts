import type { ClaimRows } from '../../../evaluation/claims/judge-claims.js';
import { type Random, seededRandom } from '../../../evaluation/statistics/random.js';
import type { CellRow, ItemRow } from '../../../schemas/tables.js';
import { normal } from '../statistics/synthetic-rows.js';

export type Levels = { density: number; steered: number; values: number };

/** Chance of a right answer on the steered labels, or on the others, after a stage has seen n examples. */
export type Skill = (n: number, levels: Levels) => number;

export type ToyWorld = {
  steered: Record<string, Skill>;
  others: Record<string, Skill>;
};

export type ToySize = {
  budgets: readonly number[];
  seeds: number;
  items: number;
  seed: number;
  luck: number;
};

/** One base cell and two steps along each axis. */
export const STAR: readonly Levels[] = [
  { density: 1, steered: 1, values: 4 },
  { density: 0.5, steered: 1, values: 4 },
  { density: 2, steered: 1, values: 4 },
  { density: 1, steered: 2, values: 4 },
  { density: 1, steered: 4, values: 4 },
  { density: 1, steered: 1, values: 2 },
  { density: 1, steered: 1, values: 8 },
];

/** Doublings of complexity above the simplest cell of the star: 0…4. */
export function complexity({ density, steered, values }: Levels): number {
  return Math.log2(density / 0.5) + Math.log2(steered) + Math.log2(values / 2);
}

/** A world in which the registered claims hold: the vector’s ceiling falls with complexity, the affine adapter’s does not. */
export const HOLDS: ToyWorld = {
  steered: {
    baseline: () => 0.25,
    vector: () => 0.5,
    'trained-vector': (n, levels) => Math.min(1.05 - 0.2 * complexity(levels), 0.55 + 0.15 * Math.log2(n)),
    affine: (n, levels) => Math.min(0.99, 0.55 - 0.1 * complexity(levels) + 0.07 * Math.log2(n)),
    lora: (n) => Math.min(0.97, 0.17 + 0.08 * Math.log2(n)),
    full: (n) => Math.min(0.97, 0.15 + 0.08 * Math.log2(n)),
  },
  others: { 'trained-vector': () => 0.9, lora: () => 0.8, full: () => 0.7 },
};

/** The opposite: vectors never work, complexity costs the affine adapter most where data abound, vectors do most damage. */
export const FAILS: ToyWorld = {
  steered: {
    vector: () => 0.03,
    'trained-vector': () => 0.03,
    affine: (n, levels) => (n > 32 ? 0.97 - 0.15 * complexity(levels) : 0.5),
    lora: () => 0.6,
    full: () => 0.9,
  },
  others: { 'trained-vector': () => 0.5, lora: () => 0.8, full: () => 0.9 },
};

/**
 * Rows of a world in which every chance is known; the luck of a seed moves it by `luck` (standard deviation). The other
 * labels are judged at the largest budget alone.
 */
export function toyRows(world: ToyWorld, size: ToySize, grid: readonly Levels[] = STAR): ClaimRows {
  const random = seededRandom(JSON.stringify(['toy', size.seed]));
  const places = grid.map((levels) => ({
    levels,
    model: `toys/d${32 / levels.density}`,
    task: `k${levels.steered}v${levels.values}`,
  }));
  const tests = places.flatMap((place) => [
    ...testRows(place, { test: 'steered', skills: world.steered, budgets: size.budgets }, { size, random }),
    ...testRows(
      place,
      { test: 'others', skills: world.others, budgets: size.budgets.slice(-1) },
      { size, random },
    ),
  ]);
  return {
    facts: places.flatMap(({ levels, model, task }) =>
      Object.entries(levels).map(([fact, value]) => ({ model, task, fact, value })),
    ),
    items: tests.flatMap(({ items }) => items),
    cells: [
      ...tests.map(({ cell }) => cell),
      ...places.map(({ model, task }) => cellRow({ model, task, stage: 'baseline', n: 0, seed: 0 }, [])),
    ],
  };
}

type Place = { model: string; task: string; levels: Levels };
type Test = { test: string; skills: Record<string, Skill>; budgets: readonly number[] };

function testRows(
  { model, task, levels }: Place,
  { test, skills, budgets }: Test,
  { size, random }: { size: ToySize; random: Random },
): { items: ItemRow[]; cell: CellRow }[] {
  const difficulty = Array.from({ length: size.items }, () => normal(random));
  const judged = `${task} → ${task}.${test}`;
  return Object.entries(skills).flatMap(([stage, skill]) =>
    (stage === 'baseline' ? [0] : budgets).flatMap((n) =>
      Array.from({ length: n === 0 ? 1 : size.seeds }, (_, seed) => {
        const where = { model, task: judged, stage, n, seed };
        const chance = Math.min(1, Math.max(0, skill(n, levels) + size.luck * normal(random)));
        const items = difficulty.map((hard, item) =>
          itemRow(where, item, answered({ chance, hard, random })),
        );
        return { items, cell: cellRow(where, items) };
      }),
    ),
  );
}

type Where = { model: string; task: string; stage: string; n: number; seed: number };

// Half of an answer’s luck is the item’s own, shared by all stages and seeds: right with probability `chance`.
function answered({ chance, hard, random }: { chance: number; hard: number; random: Random }): boolean {
  return uniformOf((hard + normal(random)) / Math.SQRT2) < chance;
}

/** The normal distribution function (Abramowitz and Stegun 1964, 26.2.17; error below 1e-7). */
function uniformOf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return z > 0 ? 1 - tail : tail;
}

function itemRow(where: Where, item: number, correct: boolean): ItemRow {
  return {
    ...where,
    method: where.stage,
    item: item.toString(16).padStart(16, '0'),
    label: 0,
    prediction: correct ? 0 : 1,
    correct,
    margin: correct ? 1 : -1,
    logprobs: correct ? [-1, -2] : [-2, -1],
  };
}

function cellRow(where: Where, items: readonly ItemRow[]): CellRow {
  const failed = items.length === 0;
  return {
    ...where,
    method: where.stage,
    task_type: 'capability',
    status: failed ? 'failed' : 'ok',
    reason: failed ? 'not needed here' : null,
    items: items.length,
    chance: 0.25,
    score: failed ? null : items.filter(({ correct }) => correct).length / items.length,
    margin: failed ? null : 0,
    balanced_score: null,
    unparsable: null,
    contrast: null,
    gain: null,
    margin_gain: null,
    kl: null,
    reverse_kl: null,
    perplexity_ratio: null,
    validation_score: null,
    chosen: null,
    trials: 0,
    trainable_parameters: 0,
    treatment_bytes: 0,
    flops_method: 0,
    flops_search: 0,
    flops_method_backward: 0,
    flops_search_backward: 0,
    flops_evaluation: 0,
    seconds: 0,
    peak_memory_bytes: 0,
    key: JSON.stringify(where),
  };
}
