import { jsonSyntaxError } from './json-syntax.js';
import type { Row } from './rows.js';
import { TaskError } from './task-error.js';

/** One JSON object a line; empty lines are skipped. */
export function jsonlRows(text: string, file: string): Row[] {
  const rows: Row[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    rows.push({ fields: parsedObject(line, file, index + 1), place: { file, line: index + 1 } });
  }
  return rows;
}

function parsedObject(text: string, file: string, line: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const { offset, found, expected } = jsonSyntaxError(text);
    throw new TaskError(
      `found ${found}, expected ${expected}`,
      { file, line, column: offset + 1 },
      { cause },
    );
  }
  if (isRecord(value)) return value;
  const found = value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
  throw new TaskError(`found ${found}, expected one JSON object a line`, { file, line });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
