import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { TaskCard } from '../../schemas/item.js';
import { didYouMean } from '../../schemas/suggestion.js';
import { TaskFile, type TaskSource, type TaskTemplate } from '../../schemas/task.js';
import { countryRows } from './country-rows.js';
import { withDistractors } from './distractors.js';
import { functionCallRows } from './function-call-rows.js';
import { groupedBy } from './grouping.js';
import { contentHash, type DraftItem, type TaskItem, taskItem } from './item.js';
import { type Row, readRows } from './rows.js';
import { disjointSplit, splitPool, type TaskSplit } from './split.js';
import { swaps } from './swaps.js';
import { TaskError } from './task-error.js';
import { fillTemplate } from './template.js';
import { wordProblems } from './word-problems.js';
import { readYamlFile } from './yaml-file.js';

export interface TaskFolders {
  /** The project's folder; its tasks are in data/tasks. */
  root: string;
  /** The per-user cache, where the set-up unpacks packages. */
  cache: string;
  /** Where relative paths of task files start; the project's folder when absent. */
  from?: string;
}

export interface Task {
  card: TaskCard;
  /** The task file, for errors. */
  file: string;
  items: { train: TaskItem[]; test: TaskItem[] };
  removed: TaskSplit['removed'];
  /** SHA-256 of the card and all items: the task as an input of a stage. */
  digest: string;
}

type Rows = { train: Row[]; test: Row[] } | { pool: Row[] };

/**
 * Loads a task: a name of data/tasks, or the path of a task file (it ends in .yaml or .yml, or holds a path separator).
 * Train and test share no content and no group. Throws TaskError with the file and line at fault.
 */
export async function loadTask(nameOrPath: string, folders: TaskFolders): Promise<Task> {
  const file = await taskFile(nameOrPath, folders);
  const { source, template, per_answer, test_share, ...card } = await readYamlFile(file, TaskFile);
  const rows = await sourceRows(source, file, folders.cache);
  function itemsOf(part: Row[]): TaskItem[] {
    return cappedPerAnswer(draftItems(part, template, file).map(taskItem), per_answer);
  }
  const { removed, ...items } =
    'pool' in rows
      ? splitPool(itemsOf(rows.pool), test_share)
      : disjointSplit(itemsOf(rows.train), itemsOf(rows.test));
  return { card, file, items, removed, digest: contentHash([card, items]) };
}

/** Names of the tasks of data/tasks, sorted. */
export async function listTasks({ root }: Pick<TaskFolders, 'root'>): Promise<string[]> {
  const files = await readdir(taskFolder(root));
  return files.flatMap((file) => (file.endsWith('.yaml') ? [path.basename(file, '.yaml')] : [])).sort();
}

async function taskFile(nameOrPath: string, { root, from = root }: TaskFolders): Promise<string> {
  if (/[\\/]|\.ya?ml$/.test(nameOrPath)) return path.resolve(from, nameOrPath);
  const names = await listTasks({ root });
  if (names.includes(nameOrPath)) return path.join(taskFolder(root), `${nameOrPath}.yaml`);
  const known = `${didYouMean(nameOrPath, names)} (known: ${names.join(', ')}; or the path of a task file)`;
  throw new TaskError(`found no task "${nameOrPath}"${known}`, { file: taskFolder(root) });
}

function taskFolder(root: string): string {
  return path.join(root, 'data', 'tasks');
}

async function sourceRows(source: TaskSource, file: string, cache: string): Promise<Rows> {
  switch (source.from) {
    case 'generated':
      return { pool: families[source.family](source.items, source.seed) };
    case 'world-countries':
      return { pool: countryRows(source) };
    case 'bfcl-eval':
      return { pool: await functionCallRows(source, cache) };
    case 'rows': {
      const { format, train = [], test = [], pool } = source;
      const read = async (paths: string | string[]) =>
        (
          await Promise.all(
            [paths].flat().map((name) => readRows(path.resolve(path.dirname(file), name), format)),
          )
        ).flat();
      return pool === undefined
        ? { train: await read(train), test: await read(test) }
        : { pool: await read(pool) };
    }
  }
}

const families = { 'word-problems': wordProblems, swaps };

function draftItems(rows: readonly Row[], template: TaskTemplate, file: string): DraftItem[] {
  const filled = rows.map((row) => fillTemplate(template, row));
  if (template.distractors) return withDistractors(filled, template.distractors.count, { file });
  return filled.map(({ draft }) => ({ ...draft, wrong: draft.wrong ?? [] }));
}

/** Keeps at most `count` items of each right answer, those first by content hash. */
function cappedPerAnswer(items: TaskItem[], count: number | undefined): TaskItem[] {
  if (count === undefined) return items;
  const byAnswer = groupedBy(items, (item) => item.options[item.label] ?? '');
  const kept = new Set([...byAnswer.values()].flatMap((same) => [...same].sort(byId).slice(0, count)));
  return items.filter((item) => kept.has(item));
}

function byId(a: TaskItem, b: TaskItem): number {
  return a.id < b.id ? -1 : 1;
}
