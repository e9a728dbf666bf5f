import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { storageFailure, UNFINISHED } from './durable-file.js';
import { isAbsence } from './file-lookup.js';

/** All regular files below `root/below`, as "/"-separated paths from `root`, sorted. A missing folder has none; links are not followed. */
export async function filesBelow(root: string, below: string): Promise<string[]> {
  const entries = await entriesOf(join(root, below));
  const nested = await Promise.all(
    entries.map(async (entry) => {
      const path = `${below}/${entry.name}`;
      if (entry.isDirectory()) return filesBelow(root, path);
      return entry.isFile() ? [path] : [];
    }),
  );
  return nested.flat().sort();
}

export function isUnfinished(path: string): boolean {
  return basename(path).startsWith(UNFINISHED);
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isAbsence(error)) return [];
    throw await storageFailure(error, `listing ${folder}`, folder);
  }
}
