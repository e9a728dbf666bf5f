import type { ClaimRows } from '../../../evaluation/claims/judge-claims.js';
import { seededRandom } from '../../../evaluation/statistics/random.js';
import type { CellRow, ItemRow } from '../../../schemas/tables.js';
import { normal } from '../statistics/synthetic-rows.js';

export type Levels = { density: number; steered: number; values: number };

/** Chance of a right answer on the steered labels, or on the others, after a stage has seen n examples. */
export type Skill = (n: number, levels: Levels) => number;

export type ToyWorld = {
  steered: Record<string, Skill>;
  others: Record<string, Skill>;
};

export type ToySize = { budgets: readonly number[]; seeds: number; items: number; seed: number };

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

export const STAGES = ['vector', 'trained-vector', 'affine', 'lora', 'full'] as const;

/** Doublings of complexity above the simplest cell of the star: 0…4. */
export function complexity({ density, steered, values }: Levels): number {
  return Math.log2(density / 0.5) + Math.log2(steered) + Math.log2(values / 2);
}

/** Rows of a world in which every chance is known; the luck of a seed moves it by `luck` (standard deviation). */
export function toyRows(
  world: ToyWorld,
  { budgets, seeds, items, seed }: ToySize,
  { cells: grid = STAR, luck = 0.03 }: { cells?: readonly Levels[]; luck?: number } = {},
): ClaimRows {
  const random = seededRandom(JSON.stringify(['toy', seed]));
  const rows: { items: ItemRow[]; cells: CellRow[]; facts: ClaimRows['facts'][number][] } = {
    items: [],
    cells: [],
    facts: [],
  };
  for (const levels of grid) {
    const place = { model: `toys/d${32 / levels.density}`, task: `k${levels.steered}v${levels.values}` };
    for (const [fact, value] of Object.entries(levels)) rows.facts.push({ ...place, fact, value });
    for (const [test, skills] of Object.entries(world)) {
      const difficulty = Array.from({ length: items }, () => normal(random));
      for (const [stage, skill] of Object.entries(skills)) {
        for (const n of stage === 'baseline' ? [0] : budgets) {
          for (let draw = 0; draw < (n === 0 ? 1 : seeds); draw++) {
            const chance = Math.min(1, Math.max(0, skill(n, levels) + luck * normal(random)));
            const where = { ...place, task: `${place.task} → ${place.task}.${test}`, stage, n, seed: draw };
            const scored = difficulty.map((hard, item) =>
              itemRow(where, item, answered({ chance, hard, random })),
            );
            rows.items.push(...scored);
            rows.cells.push(cellRow(where, scored));
          }
        }
      }
    }
    rows.cells.push(cellRow({ ...place, stage: 'baseline', n: 0, seed: 0 }, []));
  }
  return rows;
}

type Where = { model: string; task: string; stage: string; n: number; seed: number };

// Half of an answer’s luck is the item’s own, shared by all stages and seeds: right with probability `chance`.
function answered({ chance, hard, random }: { chance: number; hard: number; random: () => number }): boolean {
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
    gain: null,
    margin_gain: null,
    kl: null,
    perplexity_ratio: null,
    validation_score: null,
    chosen: null,
    trials: 0,
    trainable_parameters: 0,
    treatment_bytes: 0,
    flops_method: 0,
    flops_search: 0,
    flops_evaluation: 0,
    seconds: 0,
    peak_memory_bytes: 0,
    key: JSON.stringify(where),
  };
}
