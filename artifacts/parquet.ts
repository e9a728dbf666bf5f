import type { z } from 'zod';
import { canonicalJson } from './canonical-json.js';
import { type DecodedTable, decodeParquet } from './parquet-decoder.js';
import { encodeParquet, type StoredColumn } from './parquet-encoder.js';
import { fromStored, isSameStored, toStored } from './stored-values.js';
import { type Column, columnsOf } from './table-columns.js';
import { checkedRow, TableError } from './table-errors.js';

// Raised when the same column name comes to mean something else.
const TABLE_VERSION = '1';

/** Names the table in errors and in the file; further entries go into the file as they are. */
export interface TableMetadata extends Readonly<Record<string, string>> {
  readonly table: string;
}

/**
 * Writes rows as a Parquet file: every row is checked against its schema, the bytes are read back by another library and compared
 * before they are returned. Equal rows give equal bytes. The file’s key/value metadata are `metadata`, `table_version` and
 * `columns` (JSON: the meaning and unit of each column).
 *
 * A missing number is null; NaN is refused, and ±Infinity too unless the column’s schema has it as a literal.
 * @throws TableError naming table, row (0-based) and column
 */
export async function writeTable<S extends z.ZodObject>(
  rows: readonly z.infer<S>[],
  schema: S,
  metadata: TableMetadata,
): Promise<Uint8Array> {
  const { table } = metadata;
  const columns = columnsOf(schema);
  const checked = rows.map((row, i) => checkedRow(row, schema, { table, row: i }));
  const stored = columns.map((column) => ({ ...column, values: storedValues(checked, column, table) }));
  const meanings = Object.fromEntries(columns.map(({ name, description }) => [name, description ?? '']));
  const entries = { ...metadata, table_version: TABLE_VERSION, columns: canonicalJson(meanings) };
  const bytes = await encodeParquet(stored, rows.length, sortedByKey(entries));
  compareReadBack(await decoded(bytes, columns, table), { stored, rows: rows.length, table });
  return bytes;
}

/**
 * Reads a Parquet file’s rows and checks each against the schema; columns that the schema does not have are ignored.
 * @throws TableError naming table, row and column when the file is damaged, lacks a column, or holds something else
 */
export async function readTable<S extends z.ZodObject>(bytes: Uint8Array, schema: S): Promise<z.infer<S>[]> {
  const columns = columnsOf(schema);
  const { rows, names, values, metadata } = await decoded(bytes, columns, '(unnamed)');
  const table = metadata.table ?? '(unnamed)';
  const readers = columns.map((column) => {
    const cells = values.get(column.name);
    if (cells !== undefined || column.mayLack) return { column, cells: cells ?? [] };
    throw new TableError(
      table,
      { column: column.name },
      `the file has no such column; it has ${names.join(', ')}`,
    );
  });
  return Array.from({ length: rows }, (_, row) => {
    // A study has millions of rows: no list of entries for each.
    const record: Record<string, unknown> = {};
    for (const { column, cells } of readers)
      record[column.name] = restored(cells[row] ?? null, column, { table, row });
    return checkedRow(record, schema, { table, row });
  });
}

function storedValues(rows: readonly Record<string, unknown>[], column: Column, table: string): unknown[] {
  return rows.map((row, i) => {
    try {
      return toStored(row[column.name], column);
    } catch (cause) {
      throw new TableError(table, { row: i, column: column.name }, messageOf(cause), { cause });
    }
  });
}

function restored(value: unknown, column: Column, place: { table: string; row: number }): unknown {
  try {
    return fromStored(value, column);
  } catch (cause) {
    throw new TableError(place.table, { row: place.row, column: column.name }, messageOf(cause), { cause });
  }
}

async function decoded(bytes: Uint8Array, columns: readonly Column[], table: string): Promise<DecodedTable> {
  try {
    return await decodeParquet(
      bytes,
      columns.map(({ name }) => name),
    );
  } catch (cause) {
    throw new TableError(
      table,
      {},
      `its ${bytes.length} bytes are not a whole Parquet file: ${messageOf(cause)}`,
      { cause },
    );
  }
}

function compareReadBack(
  read: DecodedTable,
  { stored, rows, table }: { stored: readonly StoredColumn[]; rows: number; table: string },
): void {
  if (read.rows !== rows) {
    throw new TableError(table, {}, `wrote ${rows} rows but read back ${read.rows}; nothing was stored`);
  }
  for (const { name, values } of stored) {
    const cells = read.values.get(name);
    const row = values.findIndex((value, i) => !isSameStored(cells?.[i] ?? null, value));
    if (row < 0) continue;
    const problem = `wrote ${String(values[row])} but read back ${String(cells?.[row])}; nothing was stored`;
    throw new TableError(table, { row, column: name }, problem);
  }
}

function sortedByKey(entries: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
