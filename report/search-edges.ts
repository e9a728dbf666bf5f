import { groupBy } from '../evaluation/statistics/group-by.js';
import type { TrialRow } from '../schemas/tables.js';
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

/** Settings whose value at an end of the grid was chosen in at least three quarters of the searches of a task. */
export function edgeRows({ trials }: Study): EdgeRow[] {
  const searches = groupBy(trials, ({ task, stage }) => JSON.stringify([task, stage]));
  return [...searches.values()].flatMap((cells) => {
    const [first] = cells;
    const tried = cells.flatMap((cell) => cell.trials);
    const names = Object.keys(first?.trials[0]?.setting ?? {});
    return first === undefined
      ? []
      : names.flatMap((name) =>
          edgesOf(tried, name).map((edge) => ({ task: first.task, stage: first.stage, ...edge })),
        );
  });
}

function edgesOf(tried: readonly TrialRow[], setting: string): Omit<EdgeRow, 'task' | 'stage'>[] {
  const values = numbersOf(tried, setting);
  const chosen = numbersOf(
    tried.filter((trial) => trial.chosen),
    setting,
  );
  if (new Set(values).size < 2) return [];
  const ends = [
    { end: 'smallest', value: Math.min(...values) },
    { end: 'largest', value: Math.max(...values) },
  ] as const;
  return ends.flatMap(({ end, value }) => {
    const at_end = chosen.filter((found) => found === value).length;
    return at_end * 4 >= chosen.length * 3 ? [{ setting, end, value, at_end, searches: chosen.length }] : [];
  });
}

function numbersOf(trials: readonly TrialRow[], name: string): number[] {
  return trials.flatMap((trial) => {
    const value = trial.setting[name];
    return typeof value === 'number' ? [value] : [];
  });
}
