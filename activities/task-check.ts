import { wilsonInterval } from '../evaluation/statistics/wilson.js';
import { groupedBy } from '../evaluation/tasks/grouping.js';
import type { Task } from '../evaluation/tasks/load-task.js';
import { measureOf, shortcutsOf } from './task-measure.js';

/** What is known of a task without a model. */
export interface TaskCheck {
  task: string;
  type: string;
  licence: string;
  train: number;
  test: number;
  duplicates: number;
  leaked: number;
  chance: number;
  shortcuts: Record<string, number>;
  warnings: string[];
}

/** Counts a task's items and lets rules that know nothing answer them. */
export function taskCheck(task: Task): TaskCheck {
  const { card, items, removed } = task;
  const measure = measureOf(task, items.test);
  const found = shortcutsOf(measure, { ...items, scoring: card.scoring });
  const shortcuts = Object.fromEntries(found.map(({ shortcut, score }) => [shortcut, score]));
  return {
    task: card.name,
    type: card.type,
    licence: card.licence,
    train: items.train.length,
    test: items.test.length,
    ...removed,
    chance: measure.chance,
    shortcuts,
    warnings: warningsOf(task, { chance: measure.chance, shortcuts }),
  };
}

/** Fewer test items than this leave wide intervals. */
const FEW_ITEMS = 100;

function warningsOf(
  { card, items, removed, episodes }: Task,
  { chance, shortcuts }: Pick<TaskCheck, 'chance' | 'shortcuts'>,
): string[] {
  const { train, test } = items;
  const warnings: string[] = [];
  for (const [shortcut, score] of Object.entries(shortcuts)) {
    const { low } = wilsonInterval(Math.round(score * test.length), test.length);
    if (shortcut !== 'scripted expert' && low > chance + 0.05)
      warnings.push(
        `${shortcut} scores ${shown(score)} where chance is ${shown(chance)}: a gain may be that rule, learned`,
      );
  }
  if (removed.leaked > 0)
    warnings.push(
      `${removed.leaked} training items were left out: their content or group is in the test split, too`,
    );
  if (card.limited !== undefined && card.limited.cut > 0)
    warnings.push(`${card.limited.cut} prompts were too long and begin later than their rows`);
  if (card.limited !== undefined && card.limited.dropped > 0)
    warnings.push(`${card.limited.dropped} items were left out: their prompts are too long`);
  if (removed.duplicates > 0) warnings.push(`${removed.duplicates} repeated items were left out`);
  if (test.length < FEW_ITEMS) warnings.push(`${test.length} test items: intervals will be wide`);
  const answers = groupedBy(test, ({ options, label }) => options[label] ?? '');
  const commonest = Math.max(...[...answers.values()].map((same) => same.length)) / test.length;
  if (episodes === undefined && commonest > Math.max(0.6, chance + 0.2))
    warnings.push(
      `one answer is right for ${shown(commonest)} of the test items: look at margins, not at the score alone`,
    );
  if (train.length === 0) warnings.push('there is nothing to train on');
  return warnings;
}

/** `.285` */
function shown(share: number): string {
  return share.toFixed(3).replace(/^0/, '');
}
