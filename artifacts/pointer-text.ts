import { canonicalJson } from './canonical-json.js';
import { CorruptPointer } from './store-errors.js';

/** A pointer’s value as it is stored: canonical JSON and a line end, in UTF-8. */
export function pointerText(value: unknown): Uint8Array {
  return Buffer.from(`${canonicalJson(value)}\n`, 'utf8');
}

/** The value of a stored pointer. @throws CorruptPointer naming it and the place it was read from */
export function pointerValue(bytes: Uint8Array, pointer: string, place: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new CorruptPointer(pointer, place, { cause });
  }
}
