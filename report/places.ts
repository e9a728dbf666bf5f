import type { StudiedTask, Study } from './study.js';

/** A task of one model, as the page shows it. */
export type ShownPlace = {
  model: string;
  task: string;
  elsewhere: boolean;
  studied: StudiedTask | undefined;
};

/**
 * All tasks with a cell or a sample, model by model: first the study's own, then those on which treatments made for
 * another task were tested.
 */
export function shownPlaces(study: Study): ShownPlace[] {
  const named = [...study.tasks.map(({ card }) => card.name), ...study.cells.map(({ task }) => task)];
  const tasks = ownFirst([...new Set(named)].map((task) => ({ task })));
  return study.models.flatMap(({ name: model }) =>
    tasks.map(({ task }) => ({
      model,
      task,
      elsewhere: isElsewhere(task),
      studied: study.tasks.find(({ card }) => card.name === task),
    })),
  );
}

/** Whether treatments made for one task were tested on another: `capitals → currencies`. */
export function isElsewhere(task: string): boolean {
  return task.includes(' → ');
}

/** Rows of the study's own tasks: a cell that was also tested elsewhere is one cell. */
export function ownOnly<Row extends { task: string }>(rows: readonly Row[]): Row[] {
  return rows.filter(({ task }) => !isElsewhere(task));
}

/** Rows of the study's own tasks before those tested elsewhere, each in their order. */
export function ownFirst<Row extends { task: string }>(rows: readonly Row[]): Row[] {
  return rows.toSorted((one, other) => Number(isElsewhere(one.task)) - Number(isElsewhere(other.task)));
}
