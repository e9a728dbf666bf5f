import type { z } from 'zod';

/** A table that cannot be written or read, with the place inside it. */
export class TableError extends Error {
  override readonly name = 'TableError';
  constructor(
    readonly table: string,
    place: { row?: number; column?: string },
    problem: string,
    options?: { cause: unknown },
  ) {
    const row = place.row === undefined ? '' : `, row ${place.row}`;
    const column = place.column === undefined ? '' : `, column "${place.column}"`;
    super(`table "${table}"${row}${column}: ${problem}`, options);
  }
}

/** Checks a row (0-based number) against its schema. @throws TableError naming table, row, column, value found and expected */
export function checkedRow<S extends z.ZodObject>(
  row: unknown,
  schema: S,
  place: { table: string; row: number },
): z.infer<S> {
  const checked = schema.safeParse(row);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const path = issue?.path ?? [];
  const found = path.reduce<unknown>((value, key) => Object(value)[key], row);
  throw new TableError(
    place.table,
    { row: place.row, ...(path.length > 0 && { column: path.join('.') }) },
    `${issue?.message ?? 'not a row'}; found ${shown(found)}${adviceFor(found)}`,
  );
}

function adviceFor(found: unknown): string {
  if (typeof found !== 'number' || Number.isFinite(found)) return '';
  return '. A failed computation is a null with a reason beside it, never a number.';
}

function shown(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value);
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
