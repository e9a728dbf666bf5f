import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { writeArrow } from '../../artifacts/arrow.js';
import { canonicalJson } from '../../artifacts/canonical-json.js';
import { writeTable } from '../../artifacts/parquet.js';
import { runPython, wantsPython } from '../python/environment.js';
import { ConformanceRow, conformanceTables } from './conformance-tables.js';
import { temporaryFolder } from './temporary-folder.js';

const MAKING_THE_ENVIRONMENT_MS = 300_000;
const readers = ['pyarrow', 'pandas', 'polars', 'duckdb'];

type Seen = Record<string, unknown[]>;

describe.skipIf(!wantsPython)(
  'files as Python readers see them (skipped unless CI or CROSSOVER_PYTHON_READERS=1 is set)',
  () => {
    beforeAll(() => runPython('read_tables.py'), MAKING_THE_ENVIRONMENT_MS);

    test.each(Object.entries(conformanceTables))(
      'the Parquet table "%s" is the same in pyarrow, pandas, polars and DuckDB',
      async (_, rows) => {
        const path = join(await temporaryFolder(), 'table.parquet');
        await writeFile(path, await writeTable(rows, ConformanceRow, { table: 'conformance' }));
        const { [path]: seen } = z
          .record(z.string(), z.record(z.string(), z.record(z.string(), z.array(z.unknown()))))
          .parse(await runPython('read_tables.py', path));
        const expected = columnsOf(rows);
        for (const reader of readers) {
          const found = withNumbers(seen?.[reader]);
          expect(Object.keys(found), reader).toEqual(Object.keys(expected));
          for (const [column, values] of Object.entries(expected)) {
            expect(isDeepStrictEqual(found[column], values), `${reader}, column ${column}`).toBe(true);
          }
        }
      },
    );

    test('an Arrow file has its matrices, types and metadata in pyarrow, numpy and polars', async () => {
      const path = join(await temporaryFolder(), 'states.arrow');
      const layer_3 = { width: 3, values: Float32Array.from([1, -0, 3e38, 1e-45, 0.1, -2]) };
      const layer_7 = { width: 1, values: Float32Array.from([5, 6]) };
      await writeFile(path, writeArrow({ columns: { layer_7, layer_3 }, metadata: { text: 'moby-dick' } }));
      const rows = {
        layer_3: [Array.from(layer_3.values.subarray(0, 3)), Array.from(layer_3.values.subarray(3))],
        layer_7: [[5], [6]],
      };
      expect(await runPython('read_arrow.py', path)).toEqual({
        metadata: { text: 'moby-dick' },
        types: {
          layer_3: 'fixed_size_list<item: float not null>[3]',
          layer_7: 'fixed_size_list<item: float not null>[1]',
        },
        seen: { pyarrow: rows, numpy: rows, polars: rows },
      });
    });
  },
);

/** Columns as readers without our schema see them: records are JSON text. */
function columnsOf(rows: readonly ConformanceRow[]): Seen {
  return Object.fromEntries(
    Object.keys(ConformanceRow.shape).map((name) => [
      name,
      rows.map((row) => (name === 'setting' ? canonicalJson(row.setting) : Reflect.get(row, name))),
    ]),
  );
}

/** Turns `{"f64": bits}` into numbers. */
function withNumbers(seen: Seen | undefined): Seen {
  return Object.fromEntries(Object.entries(seen ?? {}).map(([name, values]) => [name, values.map(number)]));
}

function number(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(number);
  if (typeof value !== 'object' || value === null || !('f64' in value)) return value;
  return Buffer.from(String(value.f64), 'hex').readDoubleBE();
}
