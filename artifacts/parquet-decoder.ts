import { type ColumnData, type FileMetaData, parquetMetadata, parquetRead } from 'hyparquet';

/** A Parquet file’s columns, as stored: 64-bit integers are bigints, JSON columns text. */
export interface DecodedTable {
  readonly rows: number;
  /** All columns of the file, decoded or not. */
  readonly names: readonly string[];
  readonly values: ReadonlyMap<string, readonly unknown[]>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Decodes the named columns of a Parquet file by any writer (uncompressed or Snappy); those that the file lacks are left out.
 * @throws when the bytes are not a whole Parquet file
 */
export async function decodeParquet(bytes: Uint8Array, names: readonly string[]): Promise<DecodedTable> {
  const metadata = parquetMetadata(bytes);
  const rows = Number(metadata.num_rows);
  const all = namesIn(metadata);
  const present = all.filter((name) => names.includes(name));
  const chunks: ColumnData[] = [];
  if (present.length > 0) {
    const file = {
      byteLength: bytes.length,
      slice: (start: number, end?: number) => copyOf(bytes, start, end),
    };
    await parquetRead({
      file,
      metadata,
      columns: present,
      parsers,
      onChunk: (chunk) => void chunks.push(chunk),
    });
  }
  const values = new Map(present.map((name) => [name, new Array<unknown>(rows)]));
  for (const { columnName, columnData, rowStart } of chunks) {
    const column = values.get(columnName) ?? [];
    for (let i = 0; i < columnData.length; i++) column[rowStart + i] = columnData[i];
  }
  return { rows, names: all, values, metadata: Object.fromEntries(keyValuesOf(metadata)) };
}

// The library’s own text parser drops a byte order mark that is part of the text, and hides bytes that are not UTF-8.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const parsers = { stringFromBytes: (bytes: Uint8Array | undefined) => bytes && utf8.decode(bytes) };

/** The top-level columns of the file. */
function namesIn({ schema }: FileMetaData): string[] {
  const names: string[] = [];
  // The schema is a tree in pre-order; a group is followed by its children.
  for (let i = 1; i < schema.length; i += subtreeSize(schema, i)) {
    const element = schema[i];
    if (element !== undefined) names.push(element.name);
  }
  return names;
}

function subtreeSize(schema: FileMetaData['schema'], at: number): number {
  let size = 1;
  for (let child = 0; child < (schema[at]?.num_children ?? 0); child++)
    size += subtreeSize(schema, at + size);
  return size;
}

function keyValuesOf({ key_value_metadata = [] }: FileMetaData): [string, string][] {
  return key_value_metadata.map(({ key, value }) => [key, value ?? '']);
}

function copyOf(bytes: Uint8Array, start: number, end?: number): ArrayBuffer {
  return new Uint8Array(bytes.subarray(start, end)).buffer;
}
