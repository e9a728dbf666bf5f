import type { CellRow } from '../../schemas/tables.js';

export const ITEM_MEASURES = ['score', 'margin'] as const;
export type ItemMeasure = (typeof ITEM_MEASURES)[number];

/** The per-item results of one stage on one task: for every budget and seed, values in the order of `items`. */
export type ScoredStage = {
  stage: string;
  method: string;
  /** Ids of the test items, ascending. */
  items: string[];
  /** n → seed → values; only cells that are `ok`. */
  cells: Map<number, Map<number, ScoredCell>>;
};

export type ScoredCell = {
  score: Float64Array;
  margin: Float64Array;
  /** −log p(right option) among the options, nats; null for items without option probabilities (episodes). */
  loss: Float64Array | null;
  kl: number | null;
  /** Of the method and its search. */
  flops: number;
  /** Score of the search's choice on validation items. */
  validation: number | null;
};

/** All stages of one (model, task). */
export type ScoredTask = {
  model: string;
  task: string;
  task_type: CellRow['task_type'];
  stages: Map<string, ScoredStage>;
};

/** The baseline a stage is compared with: the task's untreated stage that was scored on the same test items. */
export function baselineOf(task: ScoredTask, stage: ScoredStage): ScoredStage | undefined {
  if (isBaseline(stage)) return undefined;
  return [...task.stages.values()].find((other) => isBaseline(other) && haveSameItems(other, stage));
}

export function isBaseline(stage: ScoredStage): boolean {
  return stage.cells.has(0);
}

export function haveSameItems(one: ScoredStage, other: ScoredStage): boolean {
  return one.items.length === other.items.length && one.items.every((id, index) => id === other.items[index]);
}

/** Budgets with at least one `ok` cell, ascending. */
export function budgetsOf(stage: ScoredStage): number[] {
  return [...stage.cells.keys()].sort((one, other) => one - other);
}

/** Seeds of the `ok` cells at a budget, ascending. */
export function seedsAt(stage: ScoredStage, n: number): number[] {
  return [...(stage.cells.get(n)?.keys() ?? [])].sort((one, other) => one - other);
}

/** Seeds with an `ok` cell at every one of the budgets. */
export function completeSeeds(stage: ScoredStage, budgets: readonly number[]): number[] {
  const [first, ...rest] = budgets.map((n) => seedsAt(stage, n));
  return (first ?? []).filter((seed) => rest.every((seeds) => seeds.includes(seed)));
}
