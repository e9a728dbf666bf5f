import { parquetReadObjects } from 'hyparquet';
import type { Row } from './rows.js';
import { TaskError } from './task-error.js';

/** Rows of a Parquet file; 64-bit integers become numbers where that is exact. */
export async function parquetRows(bytes: Uint8Array, file: string): Promise<Row[]> {
  const buffer = new Uint8Array(bytes).buffer;
  const records = await parquetReadObjects({ file: buffer }).catch((cause: unknown) => {
    throw new TaskError(`not a readable Parquet file (${String(cause)})`, { file }, { cause });
  });
  return records.map((fields, index) => {
    const place = { file, row: index + 1 };
    return {
      fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value, place)])),
      place,
    };
  });
}

function plain(value: unknown, place: Row['place']): unknown {
  if (Array.isArray(value)) return value.map((element) => plain(element, place));
  if (isStruct(value))
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner, place)]));
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  if (!Number.isSafeInteger(number))
    throw new TaskError(`found the integer ${value}, expected at most 2^53 − 1`, place);
  return number;
}

function isStruct(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
