import { taskCheck } from '../../../activities/task-check.js';
import type { Task } from '../../../evaluation/tasks/load-task.js';
import type { LanguageModel } from '../../../models/language-model.js';
import { noTreatment } from '../../../models/treatment.js';
import { loadModel } from '../../load-model.js';
import { readSettings } from '../../settings.js';
import { scoredTask } from '../scored-task.js';
import { checkTable, type ModelCheck } from './check-table.js';
import { availableTasks, tasksNamed } from './known-tasks.js';

export interface CheckOptions {
  model?: string;
  limit: number;
  json?: boolean;
}

/** Prints what a task holds and what rules without a model score on it; with a model, what it scores untrained. */
export async function check(
  names: readonly string[],
  { model: name, limit, json }: CheckOptions,
): Promise<void> {
  const { tasks, absent } =
    names.length > 0 ? { tasks: await tasksNamed(names), absent: [] } : await availableTasks();
  using model =
    name === undefined ? undefined : await loadModel(name, readSettings(process.env, process.cwd()));
  const checks: ModelCheck[] = [];
  for (const task of tasks) {
    const zeroShot = model && (await untrained(task, model, limit));
    checks.push({ ...taskCheck(task), ...(zeroShot && { zeroShot }) });
  }
  process.stdout.write(json ? `${JSON.stringify(checks)}\n` : checkTable(checks, absent));
}

async function untrained(task: Task, model: LanguageModel, limit: number): Promise<ModelCheck['zeroShot']> {
  const { score } = await scoredTask(task, { model, treatment: noTreatment, split: 'test', limit });
  const { n, tokens, seconds } = score;
  return { n, score: score.score, tokens, secondsPer100: (100 * seconds) / n };
}
