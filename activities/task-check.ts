import { wilsonInterval } from '../evaluation/statistics/wilson.js';
import { groupedBy } from '../evaluation/tasks/grouping.js';
import type { Task } from '../evaluation/tasks/load-task.js';
import { SCRIPTED_EXPERT } from '../schemas/stages.js';
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
  /** The score that can be reached with all data; null where it is not known. */
  ceiling: number | null;
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
    ceiling: task.ceiling ?? null,
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
    if (shortcut !== SCRIPTED_EXPERT && low > chance + 0.05)
      warnings.push(
        `${shortcut} scores ${shown(score)} where chance is ${shown(chance)}: a gain may be that rule, learned`,
      );
  }
  if (removed.leaked > 0)
    warnings.push(
      `${counted(removed.leaked, 'training item')} left out: content or group in the test split, too`,
    );
  if (card.limited !== undefined && card.limited.cut > 0)
    warnings.push(
      `${counted(card.limited.cut, 'prompt')} cut: too long, and now beginning later than the row`,
    );
  if (card.limited !== undefined && card.limited.dropped > 0)
    warnings.push(`${counted(card.limited.dropped, 'item')} left out: too long a prompt`);
  if (removed.duplicates > 0) warnings.push(`${counted(removed.duplicates, 'repeated item')} left out`);
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

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** `.285` */
function shown(share: number): string {
  return share.toFixed(3).replace(/^0/, '');
}
