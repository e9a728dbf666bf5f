import type { Example } from '../report/study.js';
import type { SampleRow } from '../schemas/item.js';
import type { ItemRow } from '../schemas/tables.js';

/**
 * Test items to show side by side, for every treated stage at its largest budget and first seed: the first that the
 * treatment mended, the first that it spoiled, and the first of all, as far as there are such. Nothing is picked by taste.
 */
export function examplesOf(
  items: readonly ItemRow[],
  tests: ReadonlyMap<string, readonly SampleRow[]>,
): Example[] {
  const base = new Map(items.filter(({ n }) => n === 0).map((row) => [placeOf(row), row]));
  return [...grouped(items).values()].flatMap((rows) => {
    const largest = Math.max(...rows.map(({ n }) => n));
    const seed = Math.min(...rows.map((row) => row.seed));
    const shown = rows.filter((row) => row.n === largest && row.seed === seed);
    const before = (row: ItemRow) => base.get(placeOf(row));
    const mended = shown.find((row) => row.correct && before(row)?.correct === false);
    const spoiled = shown.find((row) => !row.correct && before(row)?.correct === true);
    const chosen = new Set([mended, spoiled, shown[0]].filter((row) => row !== undefined));
    return [...chosen].flatMap((row) => exampleOf(row, before(row), tests.get(row.task) ?? []));
  });
}

function exampleOf(row: ItemRow, before: ItemRow | undefined, tests: readonly SampleRow[]): Example[] {
  const text = tests.find(({ id }) => id === row.item);
  if (text === undefined || before === undefined) return [];
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

function grouped(items: readonly ItemRow[]): Map<string, ItemRow[]> {
  const groups = new Map<string, ItemRow[]>();
  for (const row of items) {
    if (row.n === 0) continue;
    const key = JSON.stringify([row.model, row.task, row.stage]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}
