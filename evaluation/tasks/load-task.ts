import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { TaskCard } from '../../schemas/item.js';
import type { Episodes } from '../../schemas/stages.js';
import { didYouMean } from '../../schemas/suggestion.js';
import {
  type NpmFile,
  type RemoteData,
  type RowsSource,
  TaskFile,
  type TaskSource,
  type TaskTemplate,
} from '../../schemas/task.js';
import { judgedAnswer, parsedAnswer } from '../answers/judged-answer.js';
import { worlds } from '../environments/worlds.js';
import { attributeTask } from './attribute-task.js';
import { countryRows } from './country-rows.js';
import { withDistractors } from './distractors.js';
import { environmentRows } from './environment-rows.js';
import { families } from './families.js';
import { functionCallRows } from './function-call-rows.js';
import { generatedRows } from './generated/generate.js';
import { groupedBy } from './grouping.js';
import { contentHash, type PlacedDraft, type TaskItem, taskItem } from './item.js';
import { lengthLimited } from './length-limit.js';
import { packageFile } from './package-folder.js';
import { type Row, readRows } from './rows.js';
import { disjointSplit, splitPool, type TaskSplit } from './split.js';
import { type Place, TaskError, writtenPlace } from './task-error.js';
import { fillTemplate } from './template.js';
import { readYamlFile } from './yaml-file.js';

export interface TaskFolders {
  /** The project's folder; its tasks are in data/tasks. */
  root: string;
  /** The per-user cache, where the set-up unpacks packages. */
  cache: string;
  /** Where relative paths of task files start; the project's folder when absent. */
  from?: string;
  /** Brings a file from elsewhere here. @returns its path */
  fetchFile?: ((file: RemoteData) => Promise<string>) | undefined;
}

export interface Task {
  card: TaskCard;
  /** The task file, for errors. */
  file: string;
  items: { train: TaskItem[]; test: TaskItem[] };
  removed: TaskSplit['removed'];
  /** The score that can be reached with all data, where it is known; no part of what a cell depends on. */
  ceiling: number | undefined;
  /** Where every test item is the start of an episode. */
  episodes?: Pick<Episodes, 'environment' | 'version' | 'seed'>;
  /** SHA-256 of the card and all items: the task as an input of a stage. */
  digest: string;
  /** By id, the row that an item was made from; what is generated as two splits has none in both. */
  origins: ReadonlyMap<string, string>;
}

type Rows = ({ train: Row[]; test: Row[] } | { pool: Row[] }) & { facts?: Record<string, number> };

/**
 * Loads a task: a name of data/tasks, or the path of a task file (it ends in .yaml or .yml, or holds a path separator).
 * One of several tasks in a file is named after it: `attributes.k2`, or `mine.yaml#k2`.
 * Train and test share no content and no group. Throws TaskError with the file and line at fault.
 */
export async function loadTask(nameOrPath: string, folders: TaskFolders): Promise<Task> {
  const { file, part } = await taskFile(nameOrPath, folders);
  const description = await readYamlFile(file, TaskFile);
  const { from } = description.source;
  if (!GENERATED.has(from)) return taskOf(description, { file, part, folders });
  const key = contentHash([file, part, description]);
  const known = generated.get(key);
  if (known !== undefined) return known;
  const task = await taskOf(description, { file, part, folders });
  if (generated.size >= GENERATED_TASKS) generated.clear();
  generated.set(key, task);
  return task;
}

const GENERATED: ReadonlySet<TaskSource['from']> = new Set([
  'attributes',
  'generated',
  'leveled',
  'environment',
]);

/** Their answers follow from their prompts, or from one fact: all of them can be right. */
const SOLVABLE: ReadonlySet<TaskSource['from']> = new Set([
  'generated',
  'leveled',
  'environment',
  'world-countries',
]);

/** Generated tasks depend on nothing but their description; every seed of a study asks for the same few. */
const generated = new Map<string, Task>();
const GENERATED_TASKS = 32;

async function taskOf(
  { source, template, per_answer, test_share, too_long: limit, ceiling, ...described }: TaskFile,
  { file, part, folders }: { file: string; part: string | undefined; folders: TaskFolders },
): Promise<Task> {
  const { facts, ...rows } = await sourceRows(source, { file, part, ...folders });
  const limited = { cut: 0, dropped: 0 };
  const origins = new Map<string, string>();
  function placedItem(draft: PlacedDraft): TaskItem {
    const item = taskItem(draft);
    if ('pool' in rows || source.from === 'rows') origins.set(item.id, originOf(source, draft.place));
    return item;
  }
  function itemsOf(part: Row[]): TaskItem[] {
    const whole = draftItems(part, template, file);
    checkTargets(whole, described.scoring);
    const { drafts, counts } = lengthLimited(whole, limit);
    limited.cut += counts.cut;
    limited.dropped += counts.dropped;
    return cappedPerAnswer(drafts.map(placedItem), per_answer);
  }
  const { removed, ...items } =
    'pool' in rows
      ? splitPool(itemsOf(rows.pool), test_share)
      : disjointSplit(itemsOf(rows.train), itemsOf(rows.test));
  const card = {
    ...described,
    ...(part === undefined ? {} : { name: `${described.name}.${part}` }),
    ...contrastOf(template),
    ...(limit === undefined ? {} : { limited }),
    ...(facts === undefined ? {} : { facts }),
  };
  const episodes = episodesOf(source);
  return {
    card,
    file,
    items,
    removed,
    ceiling: ceiling ?? (SOLVABLE.has(source.from) ? 1 : undefined),
    ...(episodes === undefined ? {} : { episodes }),
    digest: contentHash(episodes === undefined ? [card, items] : [card, items, episodes]),
    origins,
  };
}

/** A row of a file by its place; a generated one by all that it follows from, as its place is no more than a number. */
function originOf(source: TaskSource, place: Place): string {
  return source.from === 'rows' ? writtenPlace(place) : contentHash([source, writtenPlace(place)]);
}

/** Said of a target alone: a card of options says nothing, so that its cells stay as they are. */
function contrastOf({ target, wrong }: TaskTemplate): Pick<TaskCard, 'contrast'> {
  if (target === undefined) return {};
  return { contrast: wrong === undefined ? 'own sample' : 'given' };
}

/** @throws TaskError when a target holds no answer by the rule that reads it, or a wrong answer is right by it */
function checkTargets(drafts: readonly PlacedDraft[], scoring: TaskCard['scoring']): void {
  if (typeof scoring !== 'object') return;
  for (const { right, wrong, place } of drafts) {
    if (parsedAnswer(right, scoring) === undefined)
      throw new TaskError(
        `field "target": found ${JSON.stringify(right)}, expected an answer that "${scoring.generate}" can read`,
        place,
      );
    const same = wrong.find((text) => judgedAnswer(text, right, scoring).outcome === 'right');
    if (same !== undefined)
      throw new TaskError(
        `field "wrong": found ${JSON.stringify(same)}, which is as right as the target ${JSON.stringify(right)}`,
        place,
      );
  }
}

function episodesOf(source: TaskSource): Task['episodes'] {
  if (source.from !== 'environment') return undefined;
  const { environment, seed } = source;
  return { environment, version: worlds[environment].version, seed };
}

/** Names of the tasks of data/tasks, sorted. */
export async function listTasks({ root }: Pick<TaskFolders, 'root'>): Promise<string[]> {
  const files = await readdir(taskFolder(root));
  return files.flatMap((file) => (file.endsWith('.yaml') ? [path.basename(file, '.yaml')] : [])).sort();
}

/** The file of a task, and which of its tasks is meant where it holds several. */
export async function taskFile(
  nameOrPath: string,
  { root, from = root }: Pick<TaskFolders, 'root' | 'from'>,
): Promise<{ file: string; part?: string }> {
  if (/[\\/]|\.ya?ml(#|$)/.test(nameOrPath)) {
    const [, file = nameOrPath, part] = /^(.*?)(?:#([^#\\/]*))?$/.exec(nameOrPath) ?? [];
    return { file: path.resolve(from, file), ...(part === undefined ? {} : { part }) };
  }
  const names = await listTasks({ root });
  const [name = '', ...parts] = nameOrPath.split('.');
  const fileOf = (known: string) => path.join(taskFolder(root), `${known}.yaml`);
  if (names.includes(nameOrPath)) return { file: fileOf(nameOrPath) };
  if (names.includes(name)) return { file: fileOf(name), part: parts.join('.') };
  const known = `${didYouMean(nameOrPath, names)} (known: ${names.join(', ')}; or the path of a task file)`;
  throw new TaskError(`found no task "${nameOrPath}"${known}`, { file: taskFolder(root) });
}

function taskFolder(root: string): string {
  return path.join(root, 'data', 'tasks');
}

interface SourcePlace extends Pick<TaskFolders, 'fetchFile'> {
  file: string;
  part: string | undefined;
  cache: string;
}

async function sourceRows(source: TaskSource, { file, part, cache, fetchFile }: SourcePlace): Promise<Rows> {
  if (source.from === 'attributes') return attributeTask(source, part, file);
  if (part !== undefined)
    throw new TaskError(`found no task "${part}" in it, expected its own name alone: it holds one task`, {
      file,
    });
  switch (source.from) {
    case 'generated':
      return { pool: families[source.family](source.items, source.seed) };
    case 'world-countries':
      return { pool: countryRows(source) };
    case 'bfcl-eval':
      return { pool: await functionCallRows(source, cache) };
    case 'leveled':
      return generatedRows(source);
    case 'environment':
      return environmentRows(source, file);
    case 'rows':
      return fileRows(source, { file, fetchFile });
  }
}

type RowSplits = { train: Row[]; test: Row[] } | { pool: Row[] };

async function fileRows(
  { format, rows_at: at, train = [], test = [], pool, at_most: most }: RowsSource,
  place: Pick<SourcePlace, 'file' | 'fetchFile'>,
): Promise<RowSplits> {
  const read = async (files: NonNullable<RowsSource['train']>, count: number | undefined) => {
    const rows: Row[] = [];
    for (const one of [files].flat())
      rows.push(...(await readRows(await localPath(one, place), { format, at })));
    return spread(rows, count);
  };
  return pool === undefined
    ? { train: await read(train, most.train), test: await read(test, most.test) }
    : { pool: await read(pool, most.pool) };
}

async function localPath(
  named: string | NpmFile | RemoteData,
  { file, fetchFile }: Pick<SourcePlace, 'file' | 'fetchFile'>,
): Promise<string> {
  if (typeof named === 'string') return path.resolve(path.dirname(file), named);
  try {
    if ('npm' in named) return await packageFile(named);
    if (fetchFile === undefined) throw new Error('its rows would have to be fetched');
    return await fetchFile(named);
  } catch (cause) {
    // With what caused it: a connection that broke may serve the next time.
    throw new TaskError(cause instanceof Error ? cause.message : String(cause), { file }, { cause });
  }
}

/** So many rows, evenly spread: a set that is sorted by its answers stays balanced. */
function spread(rows: Row[], count: number | undefined): Row[] {
  if (count === undefined || rows.length <= count) return rows;
  return Array.from({ length: count }, (_, index) => rows[Math.floor((index * rows.length) / count)]).filter(
    (row) => row !== undefined,
  );
}

/** Items as their template makes them, before their options are ordered. */
export function draftItems(rows: readonly Row[], template: TaskTemplate, file: string): PlacedDraft[] {
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
