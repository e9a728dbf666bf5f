import { canonicalJson } from './canonical-json.js';
import type { Column } from './table-columns.js';

/** A cell of a row as it is stored: JSON columns become text, integers lose the sign of zero. @throws when text is not Unicode */
export function toStored(value: unknown, { type, list }: Pick<Column, 'type' | 'list'>): unknown {
  if (value === null) return null;
  if (list && Array.isArray(value)) return value.map((element) => toStored(element, { type, list: false }));
  if (type === 'json') return canonicalJson(value);
  if (typeof value === 'number' && type !== 'double') return value + 0;
  // UTF-8 cannot hold half a surrogate pair; it would come back as U+FFFD.
  if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) {
    throw new RangeError(
      `found text with half a surrogate pair, ${JSON.stringify(value.slice(0, 40))}; expected well-formed Unicode`,
    );
  }
  return value;
}

/** The inverse of `toStored` for values a Parquet reader gives. @throws when an integer is beyond ±2^53 or JSON text is damaged */
export function fromStored(value: unknown, { type, list }: Pick<Column, 'type' | 'list'>): unknown {
  if (value === null || value === undefined) return null;
  if (list && Array.isArray(value)) return value.map((element) => fromStored(element, { type, list: false }));
  if (typeof value === 'bigint') return exactNumber(value);
  return type === 'json' && typeof value === 'string' ? JSON.parse(value) : value;
}

/** Whether what was read back is what was stored; 0 and −0 differ. */
export function isSameStored(read: unknown, stored: unknown): boolean {
  if (Object.is(read, stored)) return true;
  if (typeof read === 'bigint') return typeof stored === 'number' && read === BigInt(stored);
  if (!Array.isArray(read) || !Array.isArray(stored) || read.length !== stored.length) return false;
  return read.every((element, i) => isSameStored(element, stored[i]));
}

function exactNumber(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new RangeError(
    `found the integer ${value}; expected one within ±(2^53 − 1), the exact range of a number`,
  );
}
