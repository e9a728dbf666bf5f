import { groupBy } from '../evaluation/statistics/group-by.js';
import type { Example } from '../report/study.js';
import type { SampleRow } from '../schemas/item.js';
import type { CellRow, ItemRow } from '../schemas/tables.js';
import type { CellPlace } from './tables.js';

/** Which cells examples are taken from: untreated ones, and every treated stage's at its largest budget and first seed. */
export function cellsOfExamples(cells: readonly CellRow[]): (cell: CellPlace) => boolean {
  const ok = cells.filter(({ status }) => status === 'ok');
  const stages = groupBy(ok, ({ model, task, stage }) => JSON.stringify([model, task, stage]));
  const shown = [...stages.values()].map((ofStage) =>
    ofStage.reduce((best, cell) =>
      cell.n > best.n || (cell.n === best.n && cell.seed < best.seed) ? cell : best,
    ),
  );
  const names = new Set(shown.map(cellName));
  return (cell) => names.has(cellName(cell));
}

function cellName({ model, task, stage, n, seed }: CellPlace): string {
  return JSON.stringify([model, task, stage, n, seed]);
}

/**
 * Test items to show side by side, for every treated stage among the items: the first that the treatment mended, the
 * first that it spoiled, and the first of all, as far as there are such. Nothing is picked by taste.
 * @param items of the cells that `cellsOfExamples` names
 */
export function examplesOf(
  items: readonly ItemRow[],
  tests: ReadonlyMap<string, readonly SampleRow[]>,
): Example[] {
  const base = new Map(items.filter(({ n }) => n === 0).map((row) => [placeOf(row), row]));
  const treated = groupBy(
    items.filter(({ n }) => n > 0),
    ({ model, task, stage }) => JSON.stringify([model, task, stage]),
  );
  return [...treated.values()].flatMap((rows) => {
    const before = (row: ItemRow) => base.get(placeOf(row));
    const mended = rows.find((row) => row.correct && before(row)?.correct === false);
    const spoiled = rows.find((row) => !row.correct && before(row)?.correct === true);
    const chosen = new Set([mended, spoiled, rows[0]].filter((row) => row !== undefined));
    return [...chosen].flatMap((row) => exampleOf(row, before(row), tests.get(row.task) ?? []));
  });
}

function exampleOf(row: ItemRow, before: ItemRow | undefined, tests: readonly SampleRow[]): Example[] {
  const text = tests.find(({ id }) => id === row.item);
  // An episode has no option that was right.
  if (text === undefined || before === undefined || row.logprobs.length === 0) return [];
  const { model, task, stage, n, seed, item, label } = row;
  const { prompt, options } = text;
  return [
    {
      model,
      task,
      stage,
      n,
      seed,
      item,
      prompt,
      options,
      label,
      base: before.logprobs,
      treated: row.logprobs,
    },
  ];
}

function placeOf({ model, task, item }: ItemRow): string {
  return JSON.stringify([model, task, item]);
}
