import { z } from 'zod';
import { ArtifactRef } from '../schemas/artifact.js';
import { canonicalJson, contentKey } from './canonical-json.js';
import { changesBetween } from './cell-changes.js';
import { CellAddress, CellFacts } from './cell-facts.js';
import { referencesIn } from './references.js';
import type { Store } from './store.js';
import { CorruptObject, CorruptPointer, MissingObject } from './store-errors.js';

const CellRecord = z.strictObject({ facts: CellFacts, address: CellAddress, manifest: ArtifactRef });

export type CellLookup =
  | { hit: true; key: string; manifest: unknown }
  | { hit: false; key: string; reason: string };

/**
 * Finds the stored result of a cell with exactly these facts, checked byte by byte with all artifacts its manifest refers to.
 * A miss says why, against the most similar cell stored under the same address: "`rank` changed 4 → 8".
 */
export async function lookupCell(store: Store, facts: CellFacts, address: CellAddress): Promise<CellLookup> {
  const key = contentKey(facts);
  try {
    const record = await readRecord(store, `cells/${key}`);
    if (record === undefined) return { hit: false, key, reason: await reasonOfMiss(store, facts, address) };
    return { hit: true, key, manifest: await readManifest(store, record.manifest) };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { hit: false, key, reason: `stored before, but ${error.message}` };
  }
}

/**
 * The stored manifest of the cell with this key, checked as `lookupCell` checks it; undefined when there is none.
 * @throws MissingObject, CorruptObject or CorruptPointer when it is damaged
 */
export async function readCell(store: Store, key: string): Promise<unknown> {
  const record = await readRecord(store, `cells/${key}`);
  return record === undefined ? undefined : readManifest(store, record.manifest);
}

/** What the result of the stored cell with this key depends on; undefined when there is none. */
export async function readCellFacts(store: Store, key: string): Promise<CellFacts | undefined> {
  return (await readRecord(store, `cells/${key}`))?.facts;
}

/**
 * Stores a finished cell’s manifest, then makes it findable by its facts and under its address. The artifacts that the manifest
 * refers to must be stored already. Saving one key twice, also at the same moment, leaves one of the two, whole.
 * @throws MissingObject when the manifest refers to something that is not in the store
 */
export async function saveCell(
  store: Store,
  facts: CellFacts,
  { address, manifest }: { address: CellAddress; manifest: unknown },
): Promise<{ key: string; manifest: ArtifactRef }> {
  for (const { sha256 } of referencesIn(manifest)) {
    if (!(await store.has(sha256)))
      throw new MissingObject(sha256, 'the artifacts of a cell about to be saved');
  }
  const key = contentKey(facts);
  const reference = await store.put(Buffer.from(canonicalJson(manifest), 'utf8'), 'json');
  const record = { facts, address, manifest: reference };
  await store.writePointer(`cells/${key}`, record);
  await store.writePointer(`addresses/${contentKey(address)}/${key}`, record);
  return { key, manifest: reference };
}

async function readRecord(store: Store, pointer: string): Promise<z.infer<typeof CellRecord> | undefined> {
  const value = await store.readPointer(pointer);
  if (value === undefined) return undefined;
  const record = CellRecord.safeParse(value);
  const key = pointer.slice(pointer.lastIndexOf('/') + 1);
  if (record.success && contentKey(record.data.facts) === key) return record.data;
  throw new CorruptPointer(pointer, 'a cell record', {
    cause: record.error ?? new Error('its facts are not those of its name'),
  });
}

async function readManifest(store: Store, reference: ArtifactRef): Promise<unknown> {
  const manifest: unknown = JSON.parse(Buffer.from(await store.get(reference)).toString('utf8'));
  for (const artifact of referencesIn(manifest)) await store.get(artifact); // read to be verified
  return manifest;
}

async function reasonOfMiss(store: Store, facts: CellFacts, address: CellAddress): Promise<string> {
  const pointers = await store.listPointers(`addresses/${contentKey(address)}/`);
  const explanations = await Promise.all(pointers.map((pointer) => explanation(store, pointer, facts)));
  explanations.sort((a, b) => a.changes - b.changes);
  return explanations[0]?.reason ?? 'first time';
}

async function explanation(
  store: Store,
  pointer: string,
  facts: CellFacts,
): Promise<{ reason: string; changes: number }> {
  try {
    const previous = await readRecord(store, pointer);
    if (previous !== undefined) return changesBetween(previous.facts, facts);
    return { reason: 'an earlier cell was removed', changes: Number.MAX_SAFE_INTEGER };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return {
      reason: `an earlier cell cannot be compared: ${error.message}`,
      changes: Number.MAX_SAFE_INTEGER,
    };
  }
}

function isDamage(error: unknown): error is Error {
  return error instanceof MissingObject || error instanceof CorruptObject || error instanceof CorruptPointer;
}
