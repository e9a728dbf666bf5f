import parquetjs, {
  type ColumnBuffer,
  type Envelope,
  type FieldDefinition,
  type RowBuffer,
  type ParquetSchema as Schema,
} from 'parquetjs-lite';
import type { Column, ColumnType } from './table-columns.js';

/** A column and its values, one a row, as `toStored` makes them. */
export interface StoredColumn extends Column {
  readonly values: readonly unknown[];
}

const { ParquetEnvelopeWriter, ParquetSchema, ParquetWriter } = parquetjs;

// One page a column and row group; 20,000 doubles are 160 kB before compression.
const ROWS_PER_GROUP = 20_000;

/**
 * Encodes columns of `rows` values each as a Parquet file (Snappy, data pages v1, no statistics); equal columns give equal bytes.
 *
 * parquetjs-lite encodes; the splitting of rows into column values is ours. Its own rounds integers above 2^53, turns −0 into 0,
 * refuses NaN and takes ten times as long. Its statistics compare text as UTF-16, which other readers take for UTF-8.
 */
export async function encodeParquet(
  columns: readonly StoredColumn[],
  rows: number,
  metadata: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const schema = new ParquetSchema(
    Object.fromEntries(columns.map((column) => [column.name, fieldOf(column)])),
  );
  const collect = async (bytes: Uint8Array) => void chunks.push(bytes);
  const envelope = new ParquetEnvelopeWriter(schema, collect, () => {}, 0, {
    useDataPageV2: false,
    pageIndex: false,
  });
  await envelope.writeHeader();
  for (let start = 0; start < rows; start += ROWS_PER_GROUP) {
    await writeRowGroup(envelope, schema, rowGroup(columns, start, Math.min(rows, start + ROWS_PER_GROUP)));
  }
  await envelope.writeFooter({ ...metadata });
  return Buffer.concat(chunks);
}

const fieldTypes = {
  double: 'DOUBLE',
  int64: 'INT64',
  int32: 'INT32',
  string: 'UTF8',
  json: 'UTF8',
  boolean: 'BOOLEAN',
} as const satisfies Record<ColumnType, string>;

function fieldOf({ type, nullable, list }: Column): FieldDefinition {
  const optional = nullable;
  const leaf = { type: fieldTypes[type], compression: 'SNAPPY', statistics: false } as const;
  // The three-level list of the Parquet specification: a null list and an empty list stay different.
  if (list)
    return { type: 'LIST', optional, fields: { list: { repeated: true, fields: { element: leaf } } } };
  return { ...leaf, optional };
}

function rowGroup(columns: readonly StoredColumn[], start: number, end: number): RowBuffer {
  const group: RowBuffer = { rowCount: end - start, pageRowCount: end - start, columnData: {}, pages: {} };
  for (const column of columns) {
    const values = column.values.slice(start, end);
    const path = column.list ? `${column.name},list,element` : column.name;
    group.columnData[path] = column.list ? shreddedLists(values, column) : shreddedValues(values, column);
    group.pages[path] = [];
  }
  return group;
}

function shreddedValues(rows: readonly unknown[], { nullable }: Column): ColumnBuffer {
  const values = nullable ? rows.filter((value) => value !== null) : [...rows];
  const dlevels = rows.map((value) => (nullable && value !== null ? 1 : 0));
  return { values, dlevels, rlevels: rows.map(() => 0), count: rows.length, distinct_values: new Set() };
}

// Levels of the Dremel paper (Melnik et al., VLDB 2010, §4.1): repetition 0 begins a row; definition counts the optional and
// repeated ancestors that are there: null list < empty list < element.
function shreddedLists(rows: readonly unknown[], { name, nullable }: Column): ColumnBuffer {
  const column: ColumnBuffer = { values: [], dlevels: [], rlevels: [], count: 0, distinct_values: new Set() };
  const empty = nullable ? 1 : 0;
  for (const list of rows) {
    if (list !== null && !Array.isArray(list))
      throw new TypeError(`column "${name}": expected a list, found ${typeof list}`);
    const elements: unknown[] = list ?? [];
    for (const [i, element] of elements.entries()) {
      column.values.push(element);
      column.rlevels.push(i === 0 ? 0 : 1);
      column.dlevels.push(empty + 1);
    }
    if (elements.length > 0) continue;
    column.rlevels.push(0);
    column.dlevels.push(list === null ? 0 : empty);
  }
  column.count = column.rlevels.length;
  return column;
}

/** The library’s page encoder is reached only by closing a writer, so each row group has one, which may write nothing else. */
async function writeRowGroup(envelope: Envelope, schema: Schema, group: RowBuffer): Promise<void> {
  const nothing = async () => {};
  const writer = new ParquetWriter(
    schema,
    {
      pageSize: ROWS_PER_GROUP,
      useDataPageV2: false,
      writeHeader: nothing,
      writeRowGroup: (rows) => envelope.writeRowGroup(rows),
      writeIndex: nothing,
      writeFooter: nothing,
      close: nothing,
    },
    {},
  );
  writer.rowBuffer = group;
  await writer.close();
}
