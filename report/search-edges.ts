import { groupBy } from '../evaluation/statistics/group-by.js';
import type { TrialRow } from '../schemas/tables.js';
import { isElsewhere } from './places.js';
import type { Study } from './study.js';

/** A numeric setting whose search mostly ended at one end of its grid: the best value may lie outside. */
export type EdgeRow = {
  task: string;
  stage: string;
  setting: string;
  end: 'smallest' | 'largest';
  value: number;
  /** Searches that chose this value, of all searches. */
  at_end: number;
  searches: number;
};

/**
 * Settings of which at least three quarters of a task's searches chose one and the same end of their own grid. A setting
 * that had one value in a search was not searched there. Rows that are known without the candidates are given back as they are.
 */
export function edgeRows({ trials, edges }: Study): EdgeRow[] {
  if (edges !== undefined) return edges;
  const own = trials.filter(({ task }) => !isElsewhere(task));
  const methods = groupBy(own, ({ task, stage }) => JSON.stringify([task, stage]));
  return [...methods.values()].flatMap((cells) => {
    const [first] = cells;
    const searches = cells.map((cell) => cell.trials);
    // Of a combination the candidates of one part have settings that those of the other lack.
    const names = [
      ...new Set(searches.flatMap((tried) => tried.flatMap(({ setting }) => Object.keys(setting)))),
    ];
    return first === undefined
      ? []
      : names.flatMap((name) =>
          edgesOf(searches, name).map((edge) => ({ task: first.task, stage: first.stage, ...edge })),
        );
  });
}

function edgesOf(
  searches: readonly (readonly TrialRow[])[],
  setting: string,
): Omit<EdgeRow, 'task' | 'stage'>[] {
  const searched = searches.filter((tried) => new Set(numbersOf(tried, setting)).size > 1);
  return (['smallest', 'largest'] as const).flatMap((end) => {
    const chosen = searched.flatMap((tried) => {
      const grid = numbersOf(tried, setting);
      const value = end === 'smallest' ? Math.min(...grid) : Math.max(...grid);
      return numbersOf(
        tried.filter((trial) => trial.chosen),
        setting,
      ).filter((found) => found === value);
    });
    const same = [...groupBy(chosen, String).values()];
    return same.flatMap((values) => {
      const [value] = values;
      const often = values.length * 4 >= searched.length * 3;
      return value !== undefined && often
        ? [{ setting, end, value, at_end: values.length, searches: searched.length }]
        : [];
    });
  });
}

function numbersOf(trials: readonly TrialRow[], name: string): number[] {
  return trials.flatMap((trial) => {
    const value = trial.setting[name];
    return typeof value === 'number' ? [value] : [];
  });
}
