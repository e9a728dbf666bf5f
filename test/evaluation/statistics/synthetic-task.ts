import type { ScoredCell, ScoredStage, ScoredTask } from '../../../evaluation/statistics/scored-stage.js';
import { type TaskBootstrap, taskBootstrap } from '../../../evaluation/statistics/task-bootstrap.js';

/** What a cell is given: item by item, but for the KL. Margins are −loss and scores 0 where not given. */
export type CellValues = { loss: readonly number[] | null; margin?: readonly number[]; kl?: number | null };

export type StageValues = {
  budgets: readonly number[];
  seeds?: number;
  /** At budget 0 of seed 0 the untreated model. */
  cell: (n: number, seed: number) => CellValues;
};

export type TaskValues = { model?: string; task?: string; stages: Record<string, StageValues> };

/** A task scored as given, with its resamples: a stage named `baseline` has one cell at N = 0, others one a budget and seed. */
export function bootstrapOf(
  { model = 'small', task = 'capitals', stages }: TaskValues,
  { confidence = 0.95, resamples = 200, seed = 'synthetic' as number | string } = {},
): TaskBootstrap {
  const scored: ScoredTask = {
    model,
    task,
    task_type: 'capability',
    stages: new Map(Object.entries(stages).map(([name, values]) => [name, stageOf(name, values)])),
  };
  return taskBootstrap(scored, { confidence, resamples, seed });
}

function stageOf(stage: string, { budgets, seeds = 1, cell }: StageValues): ScoredStage {
  const cells = new Map(
    budgets.map((n) => [
      n,
      new Map(Array.from({ length: seeds }, (_, seed) => [seed, cellOf(cell(n, seed))])),
    ]),
  );
  const [first] = [...(cells.get(budgets[0] ?? 0)?.values() ?? [])];
  const items = Array.from({ length: first?.score.length ?? 0 }, (_, item) => `item ${item}`);
  return { stage, method: stage === 'baseline' ? 'none' : stage, items, cells };
}

function cellOf({ loss, margin, kl = null }: CellValues): ScoredCell {
  const margins = Float64Array.from(margin ?? (loss ?? []).map((value) => -value));
  return {
    score: margins.map((value) => Number(value > 0)),
    margin: margins,
    loss: loss === null ? null : Float64Array.from(loss),
    kl,
    flops: 1,
    validation: 0.5,
  };
}
