import { InvalidInput } from '../../schemas/invalid-input.js';

/** Where something was found. `line` and `column` count from 1; `row` is used where a format has no lines (Parquet). */
export interface Place {
  file: string;
  line?: number;
  column?: number;
  row?: number;
}

/** A task file, its rows, or what was asked of a task is wrong. */
export class TaskError extends InvalidInput {
  override name = 'TaskError';

  constructor(
    problem: string,
    readonly place: Place,
    options?: ErrorOptions,
  ) {
    super(`${writtenPlace(place)}: ${problem}`, options);
  }
}

/** `file:line:column` as editors open it, or `file, row 12`. */
export function writtenPlace({ file, line, column, row }: Place): string {
  if (row !== undefined) return `${file}, row ${row}`;
  return [file, line, column].filter((part) => part !== undefined).join(':');
}
