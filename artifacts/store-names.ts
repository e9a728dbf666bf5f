import { Sha256 } from '../schemas/artifact.js';
import { Name } from '../schemas/names.js';

/** Where an object lies below a store’s root: `objects/ab/ab12…`. @throws when the name is not a SHA-256. */
export function objectPath(sha256: string): string {
  if (!Sha256.safeParse(sha256).success) {
    throw new Error(`"${sha256}" is not the name of an object; expected a SHA-256 in lower-case hexadecimal`);
  }
  return `objects/${sha256.slice(0, 2)}/${sha256}`;
}

/** Where a pointer lies below a store’s root: `pointers/cells/ab12….json`. @throws when a segment is not a Name. */
export function pointerPath(name: string): string {
  for (const segment of name.split('/')) {
    // A segment ending in ".json" could be both a folder and another pointer’s file.
    if (Name.safeParse(segment).success && !segment.endsWith('.json')) continue;
    throw new Error(
      `"${name}" cannot name a pointer: found the segment "${segment}"; expected lower-case letters, digits, ".", "_" or "-" ` +
        '(at most 64, not ending in ".json"), segments separated by "/"',
    );
  }
  return `pointers/${name}.json`;
}

/** The pointer a path of `pointerPath` stands for. */
export function pointerOfPath(path: string): string {
  return path.slice('pointers/'.length, -'.json'.length);
}
