import { didYouMean } from '../../schemas/suggestion.js';
import type { AttributesSource } from '../../schemas/task.js';
import { seededRandom } from '../statistics/random.js';
import { type Asked, attributeRows } from './attributes.js';
import type { Row } from './rows.js';
import { TaskError } from './task-error.js';

const views = { steered: 'steered', others: 'others' } as const;

/** Rows of one task of an attribute world, and what makes it hard. */
export interface AttributeTask {
  train: Row[];
  test: Row[];
  facts: Record<string, number>;
}

/**
 * The task that `part` names: `k2`, or one of its views, `k2.steered` and `k2.others`, which ask for the steered attributes
 * only and for the others only and have no training items. @throws TaskError
 */
export function attributeTask(
  source: AttributesSource,
  part: string | undefined,
  file: string,
): AttributeTask {
  const { task, asked } = taskOf(source, part, file);
  const targets = targetsOf(source, task, file);
  const rows = (split: string, count: number) =>
    attributeRows(source, targets, {
      asked,
      count,
      random: seededRandom(`attributes/${source.seed}/${task}/${asked}/${split}`),
    });
  const sizes = [...targets.keys()].map((attribute) => source.values[attribute] ?? 0);
  return {
    // A view only tests.
    train: asked === 'both' ? rows('train', source.items) : [],
    test: rows('test', source.test_items),
    facts: {
      attributes: source.values.length,
      features: source.values.reduce((sum, count) => sum + count, 0),
      steered: targets.size,
      values: Math.max(...sizes),
    },
  };
}

function taskOf({ tasks }: AttributesSource, part: string | undefined, file: string) {
  const names = Object.keys(tasks);
  const [name = '', view] = part?.split('.') ?? [];
  const asked: Asked | undefined =
    view === undefined ? 'both' : view === 'steered' || view === 'others' ? views[view] : undefined;
  if (names.includes(name) && asked !== undefined) return { task: name, asked };
  const known = names.flatMap((task) => [task, `${task}.steered`, `${task}.others`]);
  const found = part === undefined ? 'no task named' : `"${part}"`;
  throw new TaskError(
    `"source.tasks": found ${found}, expected one of ${known.join(', ')}${didYouMean(part ?? '', known)}`,
    { file },
  );
}

/** Attribute → target value. */
function targetsOf({ tasks, values }: AttributesSource, task: string, file: string): Map<number, number> {
  const targets = new Map(
    Object.entries(tasks[task] ?? {}).map(([word, value]) => [Number(word.slice(1)), value]),
  );
  for (const [attribute, value] of targets) {
    const count = values[attribute] ?? 0;
    if (value < count) continue;
    throw new TaskError(
      `"source.tasks.${task}": found a${attribute}: ${value}, expected one of ${values.length} attributes (from a0) and a value below its number of values`,
      { file },
    );
  }
  if (targets.size > 0 && targets.size < values.length) return targets;
  throw new TaskError(
    `"source.tasks.${task}": found ${targets.size} steered attributes of ${values.length}, expected at least one and not all`,
    { file },
  );
}
