import type { z } from 'zod';
import { contentKey } from './canonical-json.js';
import { referencesIn } from './references.js';
import type { Store } from './store.js';
import { CorruptObject, CorruptPointer, MissingObject } from './store-errors.js';

/**
 * What follows from some inputs alone: found in the store under their content, whole, or made and kept there.
 * @param what names the kind of value; inputs of different kinds never meet
 * @param inputs all that the value depends on, the version of the code among it
 */
export async function remembered<T>(
  store: Store,
  { what, inputs, schema }: { what: string; inputs: unknown; schema: z.ZodType<T> },
  make: () => Promise<T>,
): Promise<T> {
  const name = `${what}/${contentKey(inputs)}`;
  const known = await whole(store, name, schema);
  if (known !== undefined) return known;
  const made = await make();
  await store.writePointer(name, made);
  return made;
}

/** The value with all artifacts it refers to, verified; undefined when it is not there or damaged: it can be made again. */
async function whole<T>(store: Store, name: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    const found = schema.safeParse(await store.readPointer(name));
    if (!found.success) return undefined;
    for (const reference of referencesIn(found.data)) await store.get(reference);
    return found.data;
  } catch (error) {
    if (error instanceof MissingObject || error instanceof CorruptObject || error instanceof CorruptPointer)
      return undefined;
    throw error;
  }
}
