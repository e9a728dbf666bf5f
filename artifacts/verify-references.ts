import type { ArtifactRef } from '../schemas/artifact.js';
import { referencesIn } from './references.js';
import type { Store, StoreDefect } from './store.js';
import { CorruptPointer } from './store-errors.js';

/**
 * Follows every reference from the pointers on, through the JSON objects they lead to, and reports those that lead nowhere.
 * `intact` maps the objects that are there to whether their content is right; damaged ones are not read.
 */
export async function* verifyReferences(
  store: Store,
  intact: ReadonlyMap<string, boolean>,
): AsyncGenerator<StoreDefect> {
  const followed = new Set<string>();
  for (const pointer of await store.listPointers('')) {
    const found = await pointerReferences(store, pointer);
    if ('defect' in found) yield found;
    else yield* follow(found.references, `pointer ${pointer}`);
  }

  async function* follow(references: ArtifactRef[], referrer: string): AsyncGenerator<StoreDefect> {
    for (const { sha256, kind } of references) {
      if (!intact.has(sha256)) yield { defect: 'missing', sha256, referrer };
      if (kind !== 'json' || intact.get(sha256) !== true || followed.has(sha256)) continue;
      followed.add(sha256);
      const text = Buffer.from(await store.get({ sha256 })).toString('utf8');
      yield* follow(referencesIn(JSON.parse(text)), `object ${sha256}`);
    }
  }
}

async function pointerReferences(
  store: Store,
  pointer: string,
): Promise<{ references: ArtifactRef[] } | Extract<StoreDefect, { defect: 'unreadable' }>> {
  try {
    return { references: referencesIn(await store.readPointer(pointer)) };
  } catch (error) {
    if (!(error instanceof CorruptPointer)) throw error;
    return { defect: 'unreadable', pointer, reason: error.message };
  }
}
