import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { sha256 } from './canonical-json.js';
import { storageFailure, syncFolder, writeFileDurably } from './durable-file.js';
import { contentOf, isAbsence, sizeOf } from './file-lookup.js';
import { filesBelow, isUnfinished } from './folder-listing.js';
import { pointerText, pointerValue } from './pointer-text.js';
import type { Store } from './store.js';
import { CorruptObject, MissingObject } from './store-errors.js';
import { objectPath, pointerOfPath, pointerPath } from './store-names.js';
import { verifyFolder } from './verify-folder.js';

/**
 * A store in a local folder, shared by any number of processes of this host: `objects/ab/<sha256>`, `pointers/<name>.json`,
 * `quarantine/`. The folder is made with the first write.
 */
export function folderStore(root: string): Store {
  const folder = resolve(root);
  const store: Store = {
    async put(bytes, kind) {
      const digest = sha256(bytes);
      const path = join(folder, objectPath(digest));
      // Another writer’s object may not be durable yet, hence the sync; one of another size is damaged and is replaced.
      if ((await sizeOf(path)) === bytes.length) await syncFolder(dirname(path));
      else await writeFileDurably(path, bytes);
      return { sha256: digest, bytes: bytes.length, kind };
    },
    async get(ref) {
      const path = join(folder, objectPath(ref.sha256));
      const bytes = await contentOf(path);
      if (bytes === undefined) throw new MissingObject(ref.sha256, path);
      return sha256(bytes) === ref.sha256 ? bytes : quarantine(folder, path, ref.sha256);
    },
    async has(digest) {
      return (await sizeOf(join(folder, objectPath(digest)))) !== undefined;
    },
    async discard(ref) {
      const path = join(folder, objectPath(ref.sha256));
      try {
        await rm(path, { force: true });
      } catch (error) {
        throw await storageFailure(error, `removing ${path}`, folder);
      }
    },
    async readPointer(name) {
      const path = await unlinked(folder, pointerPath(name));
      const bytes = await contentOf(path);
      return bytes === undefined ? undefined : pointerValue(bytes, name, path);
    },
    async writePointer(name, value) {
      const path = await unlinked(folder, pointerPath(name));
      const bytes = pointerText(value);
      const old = await contentOf(path);
      // As with objects: what is there was whole before it got its name, which may not be durable yet.
      if (old !== undefined && Buffer.compare(old, bytes) === 0) await syncFolder(dirname(path));
      else await writeFileDurably(path, bytes);
    },
    async listPointers(prefix) {
      const parent = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      const files = await filesBelow(folder, dirname(pointerPath(`${parent}any`)));
      const names = files.filter((path) => !isUnfinished(path)).map(pointerOfPath);
      return names.filter((name) => name.startsWith(prefix)).sort();
    },
    verify() {
      return verifyFolder(folder, store);
    },
  };
  return store;
}

/** Moves a damaged object out of the way and says so; a good one that a writer put there meanwhile goes back. */
async function quarantine(folder: string, path: string, digest: string): Promise<Uint8Array> {
  const place = join(folder, 'quarantine', `${digest}-${randomUUID()}`);
  try {
    await mkdir(dirname(place), { recursive: true });
    await rename(path, place);
    const bytes = await readFile(place);
    const found = { sha256: sha256(bytes), bytes: bytes.length };
    if (found.sha256 !== digest) throw new CorruptObject(digest, found, place);
    await rename(place, path);
    return bytes;
  } catch (error) {
    if (isAbsence(error)) throw new MissingObject(digest, path); // another reader was faster
    throw await storageFailure(error, `moving the corrupt object ${digest} to ${place}`, folder);
  }
}

/** The absolute path, after making sure that no part of it below the store’s folder leads elsewhere. */
async function unlinked(folder: string, path: string): Promise<string> {
  const parts = path.split('/');
  for (let depth = 1; depth <= parts.length; depth++) {
    const part = join(folder, ...parts.slice(0, depth));
    if (await isLink(part)) {
      throw new Error(
        `${part} is a symbolic link; a store’s pointers must be real files and folders: replace it by what it leads to`,
      );
    }
  }
  return join(folder, path);
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (isAbsence(error)) return false;
    throw await storageFailure(error, `looking at ${path}`, path);
  }
}
