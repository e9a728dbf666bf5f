import { createHash } from 'node:crypto';

// Deeper values are almost certainly cyclic; no record of ours nests more than ten levels.
const DEEPEST = 100;

/**
 * One text for one JSON value: keys sorted by UTF-16 code unit, no white space, numbers as ECMAScript prints them
 * (so −0 is 0), as in RFC 8785. Properties that are undefined are absent.
 * @throws when the value is not JSON (NaN, ±Infinity, bigint, dates, typed arrays, cycles …): the place is named.
 */
export function canonicalJson(value: unknown): string {
  return textOf(value, []);
}

/** SHA-256, in hexadecimal, of a value’s canonical JSON: equal values have equal keys in every process and on every host. */
export function contentKey(value: unknown): string {
  return sha256(Buffer.from(canonicalJson(value), 'utf8'));
}

/** SHA-256 of bytes, in lower-case hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function textOf(value: unknown, place: readonly (string | number)[]): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (typeof value !== 'object') throw notJson(String(value), place);
  if (place.length > DEEPEST) throw notJson(`nesting beyond ${DEEPEST} levels`, place.slice(0, 8));
  if (Array.isArray(value))
    return `[${Array.from(value, (element, i) => textOf(element, [...place, i])).join(',')}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw notJson(value.constructor.name, place);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${textOf(member, [...place, key])}`);
  return `{${members.join(',')}}`;
}

function notJson(found: string, place: readonly (string | number)[]): TypeError {
  const where = place.length === 0 ? 'the value itself' : `"${place.join('.')}"`;
  return new TypeError(
    `cannot be written as JSON: found ${found} at ${where}; expected null, a boolean, a finite number, a string, an array or a plain object. ` +
      'Use null for a missing value and text for anything else.',
  );
}
