import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sha256 } from './canonical-json.js';
import { contentOf, isAbsence } from './file-lookup.js';
import { filesBelow, isUnfinished } from './folder-listing.js';
import type { Store, StoreDefect } from './store.js';
import { verifyReferences } from './verify-references.js';

// A live writer finishes its file in seconds; an older unfinished one has lost its writer.
const ABANDONED_AFTER_MS = 3_600_000;

/** Reads every object of a folder store and follows every reference; reports what is wrong and changes nothing. */
export async function* verifyFolder(folder: string, store: Store): AsyncGenerator<StoreDefect> {
  const intact = new Map<string, boolean>();
  for (const path of await filesBelow(folder, 'objects')) {
    if (isUnfinished(path)) continue;
    const bytes = await contentOf(join(folder, path));
    if (bytes === undefined) continue; // went to quarantine meanwhile
    const name = basename(path);
    const digest = sha256(bytes);
    intact.set(name, digest === name);
    if (digest !== name) {
      yield {
        defect: 'corrupt',
        sha256: name,
        place: join(folder, path),
        found: { sha256: digest, bytes: bytes.length },
      };
    }
  }
  yield* abandonedFiles(folder);
  yield* verifyReferences(store, intact);
}

async function* abandonedFiles(folder: string): AsyncGenerator<StoreDefect> {
  for (const path of [...(await filesBelow(folder, 'objects')), ...(await filesBelow(folder, 'pointers'))]) {
    if (!isUnfinished(path)) continue;
    const { mtimeMs, size } = await stat(join(folder, path)).catch(orVanished);
    if (Date.now() - mtimeMs > ABANDONED_AFTER_MS)
      yield { defect: 'abandoned', place: join(folder, path), bytes: size };
  }
}

// A writer at work renames its file between our listing and our looking.
function orVanished(error: unknown): { mtimeMs: number; size: number } {
  if (!isAbsence(error)) throw error;
  return { mtimeMs: Number.POSITIVE_INFINITY, size: 0 };
}
