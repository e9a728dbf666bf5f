import type { ClaimSet } from '../../schemas/claims.js';
import { groupBy } from '../statistics/group-by.js';
import type { ScoredTask } from '../statistics/scored-stage.js';
import { type BootstrapSettings, type TaskBootstrap, taskBootstrap } from '../statistics/task-bootstrap.js';

/** How complex a task is for a model: its level on every axis, say { density: 0.5, steered: 1, values: 2 }. */
export type Complexity = { model: string; task: string; levels: Record<string, number> };

/** One cell of the complexity grid, with what methods did to the steered labels and to the others. */
export type ComplexityCell = Complexity & { effectiveness: TaskBootstrap; selectivity: TaskBootstrap };

/**
 * The cells of a study, each with both of its tests. Throws when a test has no rows, or a level on one of the set's axes is
 * missing or not positive.
 */
export function complexityCells(
  tasks: readonly ScoredTask[],
  {
    set,
    complexities,
    settings,
  }: { set: ClaimSet; complexities: readonly Complexity[]; settings: BootstrapSettings },
): ComplexityCell[] {
  return complexities.map((complexity) => {
    checkLevels(complexity, set);
    const test = (name: string) => {
      const wanted = name.replaceAll('{task}', complexity.task);
      const found = tasks.find(({ model, task }) => model === complexity.model && task === wanted);
      if (found !== undefined) return taskBootstrap(found, settings);
      throw new Error(
        `claims ${set.name}: found no results of "${wanted}" with ${complexity.model}; expected them from the sample stage’s "elsewhere"`,
      );
    };
    return { ...complexity, effectiveness: test(set.effectiveness), selectivity: test(set.selectivity) };
  });
}

/** Groups of cells that differ on this axis alone. A cell whose neighbours along the axis are not there is in none. */
export function strataAlong<C extends Pick<Complexity, 'levels'>>(cells: readonly C[], axis: string): C[][] {
  const rest = ({ levels }: C) =>
    JSON.stringify(
      Object.entries(levels)
        .filter(([name]) => name !== axis)
        .sort(([one], [other]) => (one < other ? -1 : 1)),
    );
  return [...groupBy(cells, rest).values()].filter((stratum) => levelsOf(stratum, axis).length > 1);
}

/** The different levels of some cells on an axis, ascending. */
export function levelsOf(cells: readonly Pick<Complexity, 'levels'>[], axis: string): number[] {
  const levels = cells.map((cell) => cell.levels[axis] ?? Number.NaN);
  return [...new Set(levels)].sort((one, other) => one - other);
}

function checkLevels({ model, task, levels }: Complexity, { name, axes }: ClaimSet): void {
  for (const axis of Object.keys(axes)) {
    const level = levels[axis];
    if (level === undefined || !(level > 0 && Number.isFinite(level)))
      throw new Error(
        `claims ${name}: found ${axis} = ${level} for ${task} with ${model}; expected a positive number among the task’s facts`,
      );
  }
}
