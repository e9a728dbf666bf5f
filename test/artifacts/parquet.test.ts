import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readTable, writeTable } from '../../artifacts/parquet.js';
import { decodeParquet } from '../../artifacts/parquet-decoder.js';
import { encodeParquet } from '../../artifacts/parquet-encoder.js';
import { TableError } from '../../artifacts/table-errors.js';
import { SampleRow } from '../../schemas/item.js';
import { CellRow, CrossoverRow, CurveRow, ItemRow, OffTargetRow, TrialRow } from '../../schemas/tables.js';
import { ConformanceRow, conformanceTables } from './conformance-tables.js';

const metadata = { table: 'conformance' };

describe('a written table', () => {
  test.each(Object.entries(conformanceTables))(
    '"%s" reads back the same, to the sign of zero',
    async (_, rows) => {
      const read = await readTable(await writeTable(rows, ConformanceRow, metadata), ConformanceRow);
      expect(isDeepStrictEqual(read, rows)).toBe(true);
    },
  );

  test.each(Object.entries(conformanceTables))('"%s" written twice has the same bytes', async (_, rows) => {
    const [first, second] = [
      await writeTable(rows, ConformanceRow, metadata),
      await writeTable(rows, ConformanceRow, metadata),
    ];
    expect(Buffer.compare(first, second)).toBe(0);
  });

  test('does not depend on the order of a row’s properties or of the metadata', async () => {
    const Row = z.strictObject({ a: z.number(), b: z.string() });
    const first = await writeTable([{ a: 1, b: 'x' }], Row, { table: 't', stage: 's' });
    const second = await writeTable([{ b: 'x', a: 1 }], Row, { stage: 's', table: 't' });
    expect(Buffer.compare(first, second)).toBe(0);
  });

  test('carries its name, version and the meaning of its columns', async () => {
    const bytes = await writeTable([], ItemRow, { table: 'items', stage: 'lora' });
    const read = (await decodeParquet(bytes, [])).metadata;
    expect(read).toMatchObject({ table: 'items', stage: 'lora', table_version: '1' });
    expect(JSON.parse(read.columns ?? '')).toMatchObject({ margin: ItemRow.shape.margin.description });
  });

  test.each(Object.entries({ CellRow, CurveRow, CrossoverRow, ItemRow, OffTargetRow, TrialRow, SampleRow }))(
    'can have the rows of %s',
    async (name, schema) => {
      expect(await readTable(await writeTable([], schema, { table: name.toLowerCase() }), schema)).toEqual(
        [],
      );
    },
  );
});

describe('writeTable refuses what would not come back, naming table, row and column', () => {
  const [row] = conformanceTables['one row of nulls and empty lists'] ?? [];
  test.each([
    [
      'NaN',
      { number: Number.NaN },
      /table "conformance", row 1, column "number": .*found NaN.*null with a reason/,
    ],
    [
      'Infinity where it is not expected',
      { perhaps: Number.POSITIVE_INFINITY },
      /row 1, column "perhaps": .*found Infinity/,
    ],
    ['NaN in a list', { numbers: [1, Number.NaN] }, /row 1, column "numbers\.1": .*found NaN/],
    ['an integer above 2^53', { whole: 2 ** 53 }, /row 1, column "whole": .*found 9007199254740992/],
    ['2^31 in 32 bits', { small: 2 ** 31 }, /row 1, column "small": .*found 2147483648/],
    ['a fraction as an integer', { whole: 0.5 }, /row 1, column "whole": .*found 0\.5/],
    ['null where there must be a value', { text: null }, /row 1, column "text": .*found null/],
    ['a missing value', { flag: undefined }, /row 1, column "flag": .*found undefined/],
    ['a value out of an enum', { kind: 'perhaps' }, /row 1, column "kind": .*found "perhaps"/],
    [
      'half a surrogate pair',
      { text: 'a\ud83d' },
      /row 1, column "text": found text with half a surrogate pair/,
    ],
    [
      'half a surrogate pair in a list',
      { words: ['\udc00'] },
      /row 1, column "words": found text with half a surrogate pair/,
    ],
    ['an unknown column', { extra: 1 }, /table "conformance", row 1.*extra/],
  ])('%s', async (_, change, message) => {
    // The rows are wrong on purpose, so they cannot have the row’s type.
    const rows: unknown = [row, { ...row, ...change }];
    const written = writeTable(rows as ConformanceRow[], ConformanceRow, metadata);
    await expect(written).rejects.toThrow(message);
    await expect(written).rejects.toBeInstanceOf(TableError);
  });

  test.each([
    [
      'an optional column',
      z.strictObject({ a: z.number().optional() }),
      /column "a" has no Parquet type for "optional"/,
    ],
    [
      'a column of objects',
      z.strictObject({ a: z.strictObject({}) }),
      /column "a" has no Parquet type for "object"/,
    ],
    [
      'a column of mixed types',
      z.strictObject({ a: z.union([z.string(), z.number()]) }),
      /column "a" has no Parquet type for "union"/,
    ],
    ['a table without columns', z.strictObject({}), /at least one column/],
    ['a name with a comma', z.strictObject({ 'a,b': z.string() }), /"a,b" cannot name a column/],
  ])('%s', async (_, schema, message) => {
    await expect(writeTable([], schema, metadata)).rejects.toThrow(message);
  });
});

describe('readTable', () => {
  const Row = z.strictObject({ n: z.int(), name: z.string() });

  test('ignores columns that the schema does not have', async () => {
    const bytes = await writeTable([{ n: 1, name: 'a' }], Row, metadata);
    expect(await readTable(bytes, Row.pick({ n: true }))).toEqual([{ n: 1 }]);
  });

  test('names a column that the file lacks, and those it has', async () => {
    const bytes = await writeTable([{ n: 1, name: 'a' }], Row, metadata);
    const wider = Row.extend({ seed: z.int() });
    await expect(readTable(bytes, wider)).rejects.toThrow(
      'table "conformance", column "seed": the file has no such column; it has n, name',
    );
  });

  test('names table, row and column of a value of another type', async () => {
    const bytes = await writeTable([{ n: 1, name: 'a' }], Row, metadata);
    const other = z.strictObject({ n: z.int(), name: z.enum(['b']) });
    await expect(readTable(bytes, other)).rejects.toThrow(
      /table "conformance", row 0, column "name": .*found "a"/,
    );
  });

  test('refuses an integer that a number cannot hold, as other writers may store', async () => {
    const column = {
      name: 'n',
      type: 'int64',
      nullable: false,
      list: false,
      mayLack: false,
      description: undefined,
      values: [1n, 2n ** 53n + 1n],
    } as const;
    const bytes = await encodeParquet([column], 2, { table: 'foreign' });
    await expect(readTable(bytes, Row.pick({ n: true }))).rejects.toThrow(
      /table "foreign", row 1, column "n": found the integer 9007199254740993/,
    );
  });

  test('says of every possible cut that the file is not whole', async () => {
    const bytes = await writeTable([{ n: 1, name: 'a' }], Row, metadata);
    for (let length = 0; length < bytes.length; length++) {
      await expect(readTable(bytes.subarray(0, length), Row)).rejects.toThrow(/not a whole Parquet file/);
    }
  });
});
