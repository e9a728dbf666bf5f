import { jsonSyntaxError } from './json-syntax.js';
import type { Row } from './rows.js';
import { TaskError } from './task-error.js';

/** A JSON text that is a list of objects, or holds one in the field `at`. */
export function jsonRows(text: string, file: string, at: string | undefined): Row[] {
  const whole = parsed(text, file);
  const value = at === undefined ? whole : isRecord(whole) ? whole[at] : undefined;
  const where = at === undefined ? '' : ` in "${at}"`;
  if (!Array.isArray(value)) {
    throw new TaskError(`found ${kindOf(value)}${where}, expected a list of objects${listsOf(whole)}`, {
      file,
    });
  }
  return value.map((fields: unknown, index) => {
    const place = { file, row: index + 1 };
    if (isRecord(fields)) return { fields, place };
    throw new TaskError(`found ${kindOf(fields)}, expected an object`, place);
  });
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { offset, found, expected } = jsonSyntaxError(text);
    const before = text.slice(0, offset).split('\n');
    const place = { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    throw new TaskError(`found ${found}, expected ${expected}`, place, { cause });
  }
}

/** The fields that could be meant. */
function listsOf(whole: unknown): string {
  if (!isRecord(whole)) return '';
  const lists = Object.keys(whole).filter((field) => Array.isArray(whole[field]));
  const known = lists.length === 0 ? 'of which there is none' : lists.map((name) => `"${name}"`).join(', ');
  return `; source.rows_at is the field that holds one: ${known}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
