import { measureOf } from '../../../activities/task-measure.js';
import { demonstration } from '../../../evaluation/environments/environment.js';
import { episodeStarts } from '../../../evaluation/environments/episodes.js';
import type { TaskItem } from '../../../evaluation/tasks/item.js';
import type { Task } from '../../../evaluation/tasks/load-task.js';
import { encodePrompt } from '../../../models/batch.js';
import type { LanguageModel } from '../../../models/language-model.js';
import { loadModel } from '../../load-model.js';
import { readSettings } from '../../settings.js';
import { printable } from '../printable.js';
import { tokenizerOf } from '../prompt.js';
import { taskNamed } from './known-tasks.js';

export interface ShowOptions {
  n: number;
  split: 'train' | 'test';
  model?: string;
}

/**
 * Prints items as a model reads them: with a model in its chat template, where the task says so, and in its tokens. A test
 * item that is an episode is shown as the expert goes through it.
 */
export async function show(name: string, { n, split, model: modelName }: ShowOptions): Promise<void> {
  const task = await taskNamed(name);
  const { card, items } = task;
  using model =
    modelName === undefined
      ? undefined
      : await loadModel(modelName, readSettings(process.env, process.cwd()));
  say(`${card.name} (${card.type}, ${card.licence}): ${card.description}`);
  const isEpisode = task.episodes !== undefined && split === 'test';
  for (const [index, item] of items[split].slice(0, n).entries()) {
    const { text, tokens } = asRead(item, task, model);
    const what = isEpisode ? 'episode' : `${split} item`;
    say(`\n— ${what} ${index + 1} of ${items[split].length}${tokens} —`);
    if (isEpisode) showEpisode(task, item);
    else {
      say(text);
      showOptions(item.options, item.options[item.label]);
    }
  }
}

function asRead(
  { prompt }: TaskItem,
  { card }: Task,
  model: LanguageModel | undefined,
): { text: string; tokens: string } {
  if (model === undefined) return { text: prompt, tokens: '' };
  const tokenizer = tokenizerOf(model);
  const { promptIds } = encodePrompt(tokenizer, prompt, card.format);
  return { text: tokenizer.decode(promptIds), tokens: `, ${promptIds.length} tokens` };
}

/** Every situation of the expert's way with what can be done in it. */
function showEpisode(task: Task, item: TaskItem): void {
  const { episodes } = measureOf(task, [item]);
  if (episodes === null) return;
  const [start] = episodeStarts(episodes);
  const way = start === undefined ? [] : demonstration(start.situation);
  for (const [step, { prompt, actions, expert }] of way.entries()) {
    if (step > 0) say('');
    say(prompt);
    showOptions(actions, expert);
  }
}

/** The right option, or the target of a text that is to be written, has an arrow. */
function showOptions(options: readonly string[], right: string | undefined): void {
  for (const option of options) say(`  ${option === right ? '→' : ' '} ${option}`);
}

function say(text: string): void {
  process.stdout.write(`${printable(text)}\n`);
}
