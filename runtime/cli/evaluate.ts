import { writeFile } from 'node:fs/promises';
import { judgement } from '../../evaluation/metrics/judgement.js';
import type { Interval } from '../../evaluation/statistics/bootstrap.js';
import { wilsonInterval } from '../../evaluation/statistics/wilson.js';
import { chanceLevel } from '../../evaluation/tasks/chance.js';
import type { TaskItem } from '../../evaluation/tasks/item.js';
import { loadTask, type Task } from '../../evaluation/tasks/load-task.js';
import { encodeItem } from '../../models/batch.js';
import type { LanguageModel } from '../../models/language-model.js';
import { scoreOptions } from '../../models/scoring.js';
import type { Treatment } from '../../models/treatment.js';
import { disposeTreatment } from '../../models/treatment.js';
import { InvalidInput } from '../../schemas/invalid-input.js';
import { loadModel } from '../load-model.js';
import { packageRoot } from '../package-root.js';
import { readSettings } from '../settings.js';
import { chosenTreatment, type TreatmentOptions } from './chosen-treatment.js';
import { printable } from './printable.js';
import { tokenizerOf } from './prompt.js';

export interface EvaluateOptions extends TreatmentOptions {
  model: string;
  split: 'train' | 'test';
  limit?: number;
  out?: string;
  json?: boolean;
}

/** Score of one task, as printed. */
interface TaskScore {
  task: string;
  type: string;
  n: number;
  chance: number;
  /** Share of items whose right option has the highest log-probability, with its 95 % Wilson interval. */
  accuracy: Interval;
  /** Mean over items of (log p of the right option − the best wrong one), nats. */
  margin: number;
  seconds: number;
}

/** What is known of one item afterwards: a line of the file `--out`. */
interface ScoredItem extends Pick<TaskItem, 'id' | 'prompt' | 'options' | 'label'> {
  task: string;
  logprobs: number[];
  prediction: number;
  correct: boolean;
}

/** Prints a model's score on each task, by itself or under a treatment. Tasks are read before the model is. */
export async function evaluateTasks(names: readonly string[], options: EvaluateOptions): Promise<void> {
  const settings = readSettings(process.env, process.cwd());
  const folders = { root: packageRoot, cache: settings.cache, from: process.cwd() };
  const tasks: Task[] = [];
  for (const name of names) tasks.push(await loadTask(name, folders));
  using model = await loadModel(options.model, settings);
  const treatment = await chosenTreatment(model, options);
  const scores: TaskScore[] = [];
  const lines: ScoredItem[] = [];
  for (const task of tasks) {
    const { score, items } = await scoreTask(task, { model, treatment, options });
    scores.push(score);
    lines.push(...items);
  }
  disposeTreatment(treatment);
  if (options.out !== undefined)
    await writeFile(options.out, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  process.stdout.write(
    options.json ? `${JSON.stringify({ model: model.name, tasks: scores })}\n` : table(scores),
  );
}

async function scoreTask(
  { card, items }: Task,
  { model, treatment, options }: { model: LanguageModel; treatment: Treatment; options: EvaluateOptions },
): Promise<{ score: TaskScore; items: ScoredItem[] }> {
  const chosen = items[options.split].slice(0, options.limit);
  if (chosen.length === 0) throw new InvalidInput(`task "${card.name}" has no ${options.split} items`);
  const begun = performance.now();
  const tokenizer = tokenizerOf(model);
  const encoded = chosen.map((item) => encodeItem(tokenizer, item, card.format));
  const onProgress = progressLine(card.name);
  const logprobs = await scoreOptions(model, encoded, { treatment, onProgress });
  const scored = chosen.map(({ id, prompt, options, label }, index): ScoredItem & { margin: number } => {
    const own = logprobs[index] ?? [];
    return { task: card.name, id, prompt, options, label, logprobs: own, ...judgement(own, label) };
  });
  const right = scored.filter(({ correct }) => correct).length;
  const score = {
    task: card.name,
    type: card.type,
    n: chosen.length,
    chance: chanceLevel(chosen),
    accuracy: wilsonInterval(right, chosen.length),
    margin: scored.reduce((sum, { margin }) => sum + margin, 0) / chosen.length,
    seconds: (performance.now() - begun) / 1000,
  };
  return { score, items: scored };
}

/** A line that is written over, where somebody watches. */
function progressLine(task: string): (done: number, total: number) => void {
  if (!process.stdout.isTTY) return () => {};
  return (done, total) => {
    process.stdout.write(done < total ? `\r${printable(task)}: ${done} of ${total} items` : '\r\u001b[K');
  };
}

function table(scores: readonly TaskScore[]): string {
  const width = Math.max(4, ...scores.map(({ task }) => task.length));
  const head = `${'task'.padEnd(width)}  ${'items'.padStart(6)}  chance  score (95 %)         margin, nats  seconds`;
  const lines = scores.map(({ task, n, chance, accuracy: { value, low, high }, margin, seconds }) =>
    [
      printable(task).padEnd(width),
      String(n).padStart(6),
      share(chance).padStart(6),
      `${share(value)} (${share(low)} to ${share(high)})`.padEnd(19),
      margin.toFixed(2).padStart(13),
      seconds.toFixed(1).padStart(7),
    ].join('  '),
  );
  return `${[head, ...lines].join('\n')}\n`;
}

function share(value: number): string {
  return value.toFixed(3).replace(/^0/, '');
}
