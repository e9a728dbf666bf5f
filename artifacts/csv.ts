import type { z } from 'zod';
import { canonicalJson } from './canonical-json.js';
import { columnsOf } from './table-columns.js';
import { checkedRow } from './table-errors.js';

/**
 * Writes rows as CSV (RFC 4180, UTF-8, "\n"): numbers with every digit they need, null as nothing, empty text as `""`, lists and
 * records as JSON. Equal rows give equal bytes.
 * @throws TableError naming table, row (0-based) and column
 */
export function writeCsv<S extends z.ZodObject>(
  rows: readonly z.infer<S>[],
  schema: S,
  table: string,
): Uint8Array {
  const names = columnsOf(schema).map(({ name }) => name);
  const lines = rows.map((row, i) => {
    const checked: Record<string, unknown> = checkedRow(row, schema, { table, row: i });
    return names.map((name) => csvField(checked[name])).join(',');
  });
  return Buffer.from(`${[names.join(','), ...lines].join('\n')}\n`, 'utf8');
}

function csvField(value: unknown): string {
  if (value === null) return '';
  if (Object.is(value, -0)) return '-0';
  const text = typeof value === 'object' ? canonicalJson(value) : String(value);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
