import type { Item, SampleRow } from '../../schemas/item.js';
import { seededRandom, shuffled } from '../statistics/random.js';
import { groupedBy } from './grouping.js';
import type { TaskItem } from './item.js';
import type { Task } from './load-task.js';
import { takeWholeGroups } from './split.js';
import { TaskError } from './task-error.js';

export interface SampleOptions {
  seed: number;
  /** Numbers of items. */
  validation: number;
  test: number | 'all';
  budgets: readonly number[];
}

export interface Sample {
  /** The same for every seed. */
  test: SampleRow[];
  /** Validation rows, then train rows up to the largest budget. */
  pool: SampleRow[];
}

/**
 * Draws one seed's data. Budget N is the first N train rows, so budgets are nested, and a larger budget only makes the
 * list longer: order and validation depend on the task, the seed and the validation size alone. A larger test set holds
 * the smaller one. Throws TaskError when the task has too few items.
 */
export function sample(task: Task, { seed, validation, test, budgets }: SampleOptions): Sample {
  const { card, items } = task;
  if (test !== 'all' && items.test.length < test)
    throw tooFew(task, `${test} test items`, `${items.test.length} in the test split`);
  const chosen = validationItems(items.train, validation, seed, card.name);
  if (chosen.length < validation) {
    throw tooFew(task, `${validation} validation items`, `${items.train.length} in the train split`);
  }
  const setAside = new Set(chosen.map((item) => item.group));
  const train = shuffled(
    inOrder(items.train).filter((item) => !setAside.has(item.group)),
    seededRandom(`${card.name}/${seed}/train`),
  );
  const largest = Math.max(0, ...budgets);
  if (train.length < largest) {
    const left = `${train.length} of ${items.train.length} beside the groups of ${validation} validation items`;
    throw tooFew(task, `a budget of ${largest} examples`, left);
  }
  return {
    test: testRows(items.test, test),
    pool: [...rowsOf(chosen, 'validation'), ...rowsOf(train.slice(0, largest), 'train')],
  };
}

/**
 * Test items of `other` for treatments made for `task`: as many as `test` says, or as there are, none of which may have
 * been trained on, in these words or in others: rows that `task` may train on are left out.
 */
export function sampleElsewhere(task: Task, other: Task, test: number | 'all'): SampleRow[] {
  const trained = new Set(task.items.train.map(({ id }) => id));
  const rows = new Set(task.items.train.flatMap(({ id }) => task.origins.get(id) ?? []));
  const isUnseen = ({ id }: TaskItem) => !trained.has(id) && !rows.has(other.origins.get(id) ?? '');
  return testRows(other.items.test.filter(isUnseen), test);
}

function testRows(items: readonly TaskItem[], count: number | 'all'): SampleRow[] {
  const order = inOrder(items);
  return rowsOf(count === 'all' ? order : order.slice(0, count), 'test');
}

/**
 * Whole groups in seeded order while they fit; what is then still missing is cut from the smallest other group, so that
 * as few train items as possible are lost with it.
 */
function validationItems(train: readonly TaskItem[], count: number, seed: number, task: string): TaskItem[] {
  const order = shuffled(inOrder(train), seededRandom(`${task}/${seed}/validation`));
  const groups = [...groupedBy(order, (item) => item.group).values()];
  const whole = takeWholeGroups(groups, count);
  const taken = new Set(whole);
  const [smallest = []] = groups
    .filter(([first]) => first !== undefined && !taken.has(first))
    .sort((a, b) => a.length - b.length);
  return [...whole, ...smallest.slice(0, count - whole.length)];
}

/** In the order of their ids, whatever order the source gave: what a seed draws depends on nothing else. */
function inOrder(items: readonly TaskItem[]): readonly TaskItem[] {
  const known = orders.get(items);
  if (known !== undefined) return known;
  const sorted = [...items].sort((a, b) => (a.id < b.id ? -1 : 1));
  orders.set(items, sorted);
  return sorted;
}

/** A task is drawn from once for every seed of a study. */
const orders = new WeakMap<readonly TaskItem[], readonly TaskItem[]>();

function rowsOf(items: readonly Item[], split: SampleRow['split']): SampleRow[] {
  return items.map(({ id, prompt, options, label }, position) => ({
    id,
    prompt,
    options,
    label,
    split,
    position,
  }));
}

function tooFew({ card, file }: Task, wanted: string, found: string): TaskError {
  return new TaskError(`task "${card.name}": wanted ${wanted}, found ${found}; ask for fewer or add rows`, {
    file,
  });
}
