import { measureOf, shortcutsOf } from '../../activities/task-measure.js';
import { wilsonInterval } from '../../evaluation/statistics/wilson.js';
import { groupedBy } from '../../evaluation/tasks/grouping.js';
import { listTasks, loadTask, type Task, taskFile } from '../../evaluation/tasks/load-task.js';
import { TaskError } from '../../evaluation/tasks/task-error.js';
import { readYamlFile } from '../../evaluation/tasks/yaml-file.js';
import { encodePrompt } from '../../models/batch.js';
import type { LanguageModel } from '../../models/language-model.js';
import { noTreatment } from '../../models/treatment.js';
import { TaskFile } from '../../schemas/task.js';
import { loadModel } from '../load-model.js';
import { packageRoot } from '../package-root.js';
import { readSettings } from '../settings.js';
import { taskFolders } from '../sources.js';
import { share } from './evaluate.js';
import { printable } from './printable.js';
import { tokenizerOf } from './prompt.js';
import { type ScoredTask, scoredTask } from './scored-task.js';

export interface CheckOptions {
  model?: string;
  limit: number;
  json?: boolean;
}

/** What is known of a task without training anything. */
interface TaskCheck {
  task: string;
  type: string;
  licence: string;
  train: number;
  test: number;
  duplicates: number;
  leaked: number;
  chance: number;
  shortcuts: Record<string, number>;
  zeroShot?: Pick<ScoredTask['score'], 'n' | 'score' | 'tokens'> & { secondsPer100: number };
  warnings: string[];
}

/** Names, types and descriptions of the tasks there are. */
export async function list(): Promise<void> {
  const names = await listTasks({ root: packageRoot });
  const width = Math.max(...names.map((name) => name.length));
  for (const name of names) {
    const { type, licence, description } = await described(name);
    const parts = await partsOf(name);
    const several = parts.length > 1 ? ` (${parts.join(', ')})` : '';
    process.stdout.write(
      `${name.padEnd(width)}  ${type.padEnd(10)}  ${licence.padEnd(14)}  ${printable(description)}${several}\n`,
    );
  }
}

/** The task file alone: rows may have to be fetched. */
async function described(name: string): Promise<TaskFile> {
  const { file } = await taskFile(name, { root: packageRoot });
  return readYamlFile(file, TaskFile);
}

/** Prints what a task holds and what rules without a model score on it; with a model, what it scores untrained. */
export async function check(
  names: readonly string[],
  { model: name, limit, json }: CheckOptions,
): Promise<void> {
  const { tasks, absent } = names.length > 0 ? { tasks: await all(names), absent: [] } : await available();
  using model =
    name === undefined ? undefined : await loadModel(name, readSettings(process.env, process.cwd()));
  const checks: TaskCheck[] = [];
  for (const task of tasks) checks.push(await checked(task, { model, limit }));
  process.stdout.write(
    json
      ? `${JSON.stringify(checks)}\n`
      : `${report(checks)}${absent.map((line) => `  – ${line}\n`).join('')}`,
  );
}

async function all(names: readonly string[]): Promise<Task[]> {
  const tasks: Task[] = [];
  for (const name of names) tasks.push(await loaded(name));
  return tasks;
}

/** Every task there is, but for those whose rows cannot be had here: these are named. */
async function available(): Promise<{ tasks: Task[]; absent: string[] }> {
  const tasks: Task[] = [];
  const absent: string[] = [];
  for (const name of await listTasks({ root: packageRoot })) {
    try {
      for (const part of await partsOf(name)) tasks.push(await loaded(part));
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      absent.push(`${name} was left out: ${printable(error.message)}`);
    }
  }
  return { tasks, absent };
}

async function partsOf(name: string): Promise<string[]> {
  const { source } = await described(name);
  return source.from === 'attributes' ? Object.keys(source.tasks).map((part) => `${name}.${part}`) : [name];
}

async function checked(
  task: Task,
  { model, limit }: { model: LanguageModel | undefined; limit: number },
): Promise<TaskCheck> {
  const { card, items, removed } = task;
  const measure = measureOf(task, items.test);
  const found = shortcutsOf(measure, items);
  const shortcuts = Object.fromEntries(found.map(({ shortcut, score }) => [shortcut, score]));
  const zeroShot = model && (await scoredTask(task, { model, treatment: noTreatment, split: 'test', limit }));
  return {
    task: card.name,
    type: card.type,
    licence: card.licence,
    train: items.train.length,
    test: items.test.length,
    ...removed,
    chance: measure.chance,
    shortcuts,
    ...(zeroShot && {
      zeroShot: {
        n: zeroShot.score.n,
        score: zeroShot.score.score,
        tokens: zeroShot.score.tokens,
        secondsPer100: (100 * zeroShot.score.seconds) / zeroShot.score.n,
      },
    }),
    warnings: warningsOf(task, { chance: measure.chance, shortcuts }),
  };
}

/** Fewer test items than this leave wide intervals. */
const FEW_ITEMS = 100;

function warningsOf(
  { items, removed, episodes }: Task,
  { chance, shortcuts }: Pick<TaskCheck, 'chance' | 'shortcuts'>,
): string[] {
  const { train, test } = items;
  const warnings: string[] = [];
  for (const [shortcut, score] of Object.entries(shortcuts)) {
    const { low } = wilsonInterval(Math.round(score * test.length), test.length);
    if (shortcut !== 'scripted expert' && low > chance + 0.05)
      warnings.push(
        `${shortcut} scores ${share(score)} where chance is ${share(chance)}: a gain may be that rule, learned`,
      );
  }
  if (removed.leaked > 0)
    warnings.push(
      `${removed.leaked} training items were left out: their content or group is in the test split, too`,
    );
  if (removed.duplicates > 0) warnings.push(`${removed.duplicates} repeated items were left out`);
  if (test.length < FEW_ITEMS) warnings.push(`${test.length} test items: intervals will be wide`);
  const answers = groupedBy(test, ({ options, label }) => options[label] ?? '');
  const commonest = Math.max(...[...answers.values()].map((same) => same.length)) / test.length;
  if (episodes === undefined && commonest > Math.max(0.6, chance + 0.2))
    warnings.push(
      `one answer is right for ${share(commonest)} of the test items: look at margins, not at the score alone`,
    );
  if (train.length === 0) warnings.push('there is nothing to train on');
  return warnings;
}

function report(checks: readonly TaskCheck[]): string {
  const rows = checks.map((one) => [
    printable(one.task),
    one.type,
    String(one.train),
    String(one.test),
    share(one.chance),
    ...['majority-position', 'answer-only', 'prompt-words', 'word-overlap'].map((name) =>
      shareOf(one.shortcuts[name]),
    ),
    shareOf(one.shortcuts['most frequent action']),
    ...zeroShotColumns(one),
  ]);
  const titles = [
    'task',
    'type',
    'train',
    'test',
    'chance',
    'position',
    'answer',
    'prompt',
    'overlap',
    'frequent',
  ];
  const further = checks.some(({ zeroShot }) => zeroShot) ? ['zero-shot (95 %)', 'tokens', 's per 100'] : [];
  const warnings = checks.flatMap(({ task, warnings }) =>
    warnings.map((text) => `  ! ${printable(task)}: ${text}`),
  );
  const notes = [
    '',
    'Shortcuts are fitted on train and scored on test: the commonest position, naive Bayes on the words of the options alone',
    'and of the prompt alone, the option with most words of the prompt. Of episodes, “frequent” takes the commonest action.',
  ];
  return `${[...aligned([[...titles, ...further], ...rows]), ...notes, ...(warnings.length > 0 ? ['', ...warnings] : [])].join('\n')}\n`;
}

function zeroShotColumns({ zeroShot }: TaskCheck): string[] {
  if (zeroShot === undefined) return [];
  const { score, tokens, secondsPer100 } = zeroShot;
  return [
    `${share(score.value)} (${share(score.low)} to ${share(score.high)})`,
    tokens.toFixed(0),
    secondsPer100.toFixed(1),
  ];
}

function shareOf(value: number | undefined): string {
  return value === undefined ? '–' : share(value);
}

/** Columns as wide as their widest cell, the first two to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

export interface ShowOptions {
  n: number;
  split: 'train' | 'test';
  model?: string;
}

/** Prints items as a model reads them: with a model in its chat template, where the task says so, and in its tokens. */
export async function show(name: string, { n, split, model: modelName }: ShowOptions): Promise<void> {
  const { card, items } = await loaded(name);
  using model =
    modelName === undefined
      ? undefined
      : await loadModel(modelName, readSettings(process.env, process.cwd()));
  process.stdout.write(
    `${printable(card.name)} (${card.type}, ${card.licence}): ${printable(card.description)}\n`,
  );
  for (const [index, { prompt, options, label }] of items[split].slice(0, n).entries()) {
    const encoded = model && encodePrompt(tokenizerOf(model), prompt, card.format);
    const text = encoded === undefined ? prompt : (model?.tokenizer?.decode(encoded.promptIds) ?? prompt);
    const tokens = encoded === undefined ? '' : `, ${encoded.promptIds.length} tokens`;
    process.stdout.write(
      `\n— ${split} item ${index + 1} of ${items[split].length}${tokens} —\n${printable(text)}\n`,
    );
    for (const [option, shown] of options.entries())
      process.stdout.write(`  ${option === label ? '→' : ' '} ${printable(shown)}\n`);
  }
}

function loaded(name: string): Promise<Task> {
  return loadTask(name, taskFolders(readSettings(process.env, process.cwd()), process.cwd()));
}
