import type { CellRow, ItemRow } from '../../schemas/tables.js';
import { choiceLoss } from '../metrics/choice-loss.js';
import { groupBy } from './group-by.js';
import type { ScoredCell, ScoredStage, ScoredTask } from './scored-stage.js';

/**
 * Groups item rows by (model, task, stage, n, seed), in sorted order. Failed cells have no values.
 * Throws when an item row has no `ok` cell, an `ok` cell has no item rows, a cell or an item comes twice, cells of a
 * stage have different test items, or a margin is not finite; the message names the cell.
 */
export function scoredTasks(rows: { items: readonly ItemRow[]; cells: readonly CellRow[] }): ScoredTask[] {
  const itemsByCell = groupBy(rows.items, cellName);
  const cells = new Map(rows.cells.map((cell) => [cellName(cell), cell]));
  if (cells.size < rows.cells.length)
    throw new Error(`cells: found ${duplicate(rows.cells)} twice, expected once`);
  for (const name of itemsByCell.keys()) {
    const status = cells.get(name)?.status ?? 'no cell row';
    if (status !== 'ok')
      throw new Error(`items of ${name}: found ${status}, expected a cell row with status ok`);
  }
  const tasks = groupBy([...cells.values()].sort(byPlace), ({ model, task }) =>
    JSON.stringify([model, task]),
  );
  return [...tasks.values()].flatMap((ofTask) => {
    const [first] = ofTask;
    if (first === undefined) return [];
    const stages = groupBy(ofTask, ({ stage }) => stage);
    const scored = [...stages].map(([stage, ofStage]) => [stage, scoredStage(ofStage, itemsByCell)] as const);
    return [{ model: first.model, task: first.task, task_type: first.task_type, stages: new Map(scored) }];
  });
}

function scoredStage(cells: readonly CellRow[], itemsByCell: ReadonlyMap<string, ItemRow[]>): ScoredStage {
  const byBudget: ScoredStage['cells'] = new Map();
  let items: string[] | undefined;
  for (const cell of cells.filter(({ status }) => status === 'ok')) {
    const rows = (itemsByCell.get(cellName(cell)) ?? []).toSorted((one, other) =>
      compare(one.item, other.item),
    );
    const ids = rows.map(({ item }) => item);
    if (rows.length === 0)
      throw new Error(`cell ${cellName(cell)}: found no item rows, expected some for status ok`);
    items ??= ids;
    checkItems(cell, ids, items);
    const ofBudget = byBudget.get(cell.n) ?? new Map<number, ScoredCell>();
    byBudget.set(cell.n, ofBudget.set(cell.seed, scoredCell(cell, rows)));
  }
  const { stage = '', method = '' } = cells[0] ?? {};
  return { stage, method, items: items ?? [], cells: byBudget };
}

function scoredCell(cell: CellRow, rows: readonly ItemRow[]): ScoredCell {
  const unfit = rows.find(({ margin }) => !Number.isFinite(margin));
  if (unfit !== undefined) {
    throw new Error(
      `item ${unfit.item} of ${cellName(cell)}: found margin ${unfit.margin}, expected a finite number`,
    );
  }
  return {
    score: Float64Array.from(rows, ({ correct }) => Number(correct)),
    margin: Float64Array.from(rows, ({ margin }) => margin),
    loss: rows.every(({ logprobs }) => logprobs.length > 1)
      ? Float64Array.from(rows, ({ logprobs, label }) => choiceLoss(logprobs, label))
      : null,
    kl: cell.kl,
    flops: cell.flops_method + cell.flops_search,
    validation: cell.validation_score,
  };
}

function checkItems(cell: CellRow, found: readonly string[], expected: readonly string[]): void {
  if (new Set(found).size < found.length) {
    throw new Error(`cell ${cellName(cell)}: found a test item twice, expected each once`);
  }
  if (found.length !== expected.length || found.some((id, index) => id !== expected[index])) {
    throw new Error(
      `cell ${cellName(cell)}: found ${found.length} test items, expected the same ${expected.length} as in the stage's other cells`,
    );
  }
}

function cellName({
  model,
  task,
  stage,
  n,
  seed,
}: Pick<CellRow, 'model' | 'task' | 'stage' | 'n' | 'seed'>): string {
  return `${model} / ${task} / ${stage} / N = ${n} / seed ${seed}`;
}

function duplicate(cells: readonly CellRow[]): string {
  const names = cells.map(cellName);
  return names.find((name, index) => names.indexOf(name) < index) ?? '';
}

function byPlace(one: CellRow, other: CellRow): number {
  return (
    compare(one.model, other.model) ||
    compare(one.task, other.task) ||
    compare(one.stage, other.stage) ||
    one.n - other.n ||
    one.seed - other.seed
  );
}

// By code units: the same order on every machine, whatever its locale.
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
