import { open, writeFile } from 'node:fs/promises';
import { loadTask, type Task } from '../../evaluation/tasks/load-task.js';
import { disposeTreatment } from '../../models/treatment.js';
import { InvalidInput } from '../../schemas/invalid-input.js';
import { loadModel } from '../load-model.js';
import { readSettings } from '../settings.js';
import { taskFolders } from '../sources.js';
import { chosenTreatment, type TreatmentOptions } from './chosen-treatment.js';
import { printable } from './printable.js';
import { type Chosen, type ScoredTask, scoredTask, type TaskScore } from './scored-task.js';

export interface EvaluateOptions extends TreatmentOptions, Chosen {
  model: string;
  out?: string;
  json?: boolean;
}

/** Prints a model's score on each task, by itself or under a treatment. Tasks are read before the model is. */
export async function evaluateTasks(names: readonly string[], options: EvaluateOptions): Promise<void> {
  const settings = readSettings(process.env, process.cwd());
  const folders = taskFolders(settings, process.cwd());
  const tasks: Task[] = [];
  for (const name of names) tasks.push(await loadTask(name, folders));
  if (options.out !== undefined) await checkWritable(options.out);
  using model = await loadModel(options.model, settings);
  const treatment = await chosenTreatment(model, options);
  const scored: ScoredTask[] = [];
  for (const task of tasks) scored.push(await scoredTask(task, { ...options, model, treatment }));
  disposeTreatment(treatment);
  const scores = scored.map(({ score }) => score);
  process.stdout.write(
    options.json ? `${JSON.stringify({ model: model.name, tasks: scores })}\n` : table(scores),
  );
  if (options.out !== undefined) await writeFile(options.out, itemLines(scored));
}

/** Before the work: what stands in the file stays until then. @throws InvalidInput */
async function checkWritable(file: string): Promise<void> {
  try {
    await (await open(file, 'a')).close();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInput(`--out ${file}: found a path that cannot be written (${why}); name another`, {
      cause,
    });
  }
}

function itemLines(scored: readonly ScoredTask[]): string {
  return scored
    .flatMap(({ score: { task }, items }) => items.map((item) => `${JSON.stringify({ task, ...item })}\n`))
    .join('');
}

function table(scores: readonly TaskScore[]): string {
  const width = Math.max(4, ...scores.map(({ task }) => task.length));
  const head = `${'task'.padEnd(width)}  ${'items'.padStart(6)}  chance  score (95 %)         balanced  unread  margin, nats  seconds`;
  const lines = scores.map(
    ({ task, n, chance, score: { value, low, high }, balanced, unparsable, margin, seconds }) =>
      [
        printable(task).padEnd(width),
        String(n).padStart(6),
        share(chance).padStart(6),
        `${share(value)} (${share(low)} to ${share(high)})`.padEnd(19),
        shareIfAny(balanced).padStart(8),
        shareIfAny(unparsable).padStart(6),
        margin.toFixed(2).padStart(13),
        seconds.toFixed(1).padStart(7),
      ].join('  '),
  );
  return `${[head, ...lines].join('\n')}\n`;
}

function shareIfAny(value: number | null): string {
  return value === null ? '–' : share(value);
}

/** `.285` */
export function share(value: number): string {
  return value.toFixed(3).replace(/^0/, '');
}
