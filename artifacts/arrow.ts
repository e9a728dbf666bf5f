import {
  type Data,
  DataType,
  Field,
  FixedSizeList,
  Float32,
  makeData,
  Precision,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableFromIPC,
  tableToIPC,
} from 'apache-arrow';

/** Rows of one length, side by side: element (r, c) of a [rows, width] matrix is `values[r · width + c]`. */
export interface Matrix {
  readonly width: number;
  readonly values: Float32Array;
}

/** Matrices with the same rows, e.g. hidden states of the same tokens after several layers, and what is to be known of them. */
export interface ArrowMatrices {
  readonly columns: Readonly<Record<string, Matrix>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Writes matrices as one Arrow IPC file (pyarrow.ipc.open_file, polars.read_ipc): each is a column of
 * FixedSizeList<Float32>[width]. Columns and metadata are sorted by name, so equal matrices give equal bytes.
 * @throws naming the matrix when it is not rectangular, has other rows than the rest, or holds NaN or ±Infinity
 */
export function writeArrow({ columns, metadata }: ArrowMatrices): Uint8Array {
  const matrices = sortedEntries(columns);
  const rows = commonRows(matrices);
  const fields = matrices.map(([name, { width }]) => new Field(name, listType(width), false));
  const children = matrices.map(([, { width, values }]) =>
    makeData({
      type: listType(width),
      length: rows,
      nullCount: 0,
      child: makeData({ type: new Float32(), length: values.length, nullCount: 0, data: values }),
    }),
  );
  const schema = new Schema(fields, new Map(sortedEntries(metadata)));
  const struct = makeData({ type: new Struct(fields), length: rows, nullCount: 0, children });
  return tableToIPC(new Table(schema, new RecordBatch(schema, struct)), 'file');
}

/**
 * Reads an Arrow IPC file of float32 matrices, by any writer (uncompressed).
 * @throws when the file is cut off or damaged, or a column is not a FixedSizeList<Float32> without nulls; it is named
 */
export function readArrow(bytes: Uint8Array): ArrowMatrices {
  assertWhole(bytes);
  const table = tableOf(bytes);
  const columns = table.schema.fields.map((field, i): [string, Matrix] => {
    const chunks = table.getChildAt(i)?.data ?? [];
    return [field.name, matrixOf(field, chunks)];
  });
  return { columns: Object.fromEntries(columns), metadata: Object.fromEntries(table.schema.metadata) };
}

const MAGIC = Buffer.from('ARROW1');

function listType(width: number): FixedSizeList<Float32> {
  return new FixedSizeList(width, new Field('item', new Float32(), false));
}

function commonRows(matrices: readonly (readonly [string, Matrix])[]): number {
  const [first] = matrices;
  if (first === undefined) throw new Error('found no matrix to write; expected at least one');
  const rows = rowsOf(...first);
  for (const [name, matrix] of matrices) {
    const found = rowsOf(name, matrix);
    if (found !== rows)
      throw new Error(`matrix "${name}" has ${found} rows; expected ${rows}, as "${first[0]}" has`);
    assertFinite(name, matrix);
  }
  return rows;
}

function rowsOf(name: string, { width, values }: Matrix): number {
  if (Number.isInteger(width) && width > 0 && values.length % width === 0) return values.length / width;
  throw new Error(
    `matrix "${name}" has ${values.length} values; expected a whole number of rows of ${width}`,
  );
}

function assertFinite(name: string, { width, values }: Matrix): void {
  let at = 0;
  while (at < values.length && Number.isFinite(values[at])) at++;
  if (at === values.length) return;
  const [row, column] = [Math.floor(at / width), at % width];
  throw new Error(
    `matrix "${name}" holds ${values[at]} at row ${row}, column ${column}; expected finite numbers only`,
  );
}

function assertWhole(bytes: Uint8Array): void {
  const [head, tail] = [bytes.subarray(0, MAGIC.length), bytes.subarray(-MAGIC.length)];
  if (!MAGIC.equals(head))
    throw new Error(`not an Arrow file: its ${bytes.length} bytes do not begin with "ARROW1"`);
  if (bytes.length < 2 * MAGIC.length || !MAGIC.equals(tail)) {
    throw new Error(
      `the Arrow file is cut off: its ${bytes.length} bytes do not end with "ARROW1"; write it again`,
    );
  }
}

function tableOf(bytes: Uint8Array): Table {
  try {
    return tableFromIPC(bytes);
  } catch (cause) {
    throw new Error(
      `the Arrow file (${bytes.length} bytes) is damaged or compressed; write it again, uncompressed`,
      { cause },
    );
  }
}

function matrixOf(field: Field, chunks: readonly Data[]): Matrix {
  const { name, type } = field;
  if (!DataType.isFixedSizeList(type))
    throw new Error(`column "${name}" has type ${type}; expected FixedSizeList<Float32>`);
  const element: DataType = type.valueType;
  if (!DataType.isFloat(element) || element.precision !== Precision.SINGLE) {
    throw new Error(`column "${name}" has elements of type ${element}; expected Float32`);
  }
  const width = type.listSize;
  const parts = chunks.map((chunk) => elementsOf(name, width, chunk));
  const values = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    values.set(part, offset);
    offset += part.length;
  }
  return { width, values };
}

function elementsOf(name: string, width: number, chunk: Data): Float32Array {
  const [child] = chunk.children;
  const nulls = chunk.nullCount + (child?.nullCount ?? 0);
  if (nulls > 0) throw new Error(`column "${name}" has ${nulls} nulls; expected none`);
  const values: unknown = child?.values;
  const length = chunk.length * width;
  if (values instanceof Float32Array && values.length >= length) return values.subarray(0, length);
  throw new Error(
    `column "${name}" has fewer values than its ${chunk.length} rows of ${width} need; the file is damaged`,
  );
}

function sortedEntries<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
