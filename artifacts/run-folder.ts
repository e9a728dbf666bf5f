import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Name, PublishedName } from '../schemas/names.js';
import { storageFailure, syncFolder, writeFileDurably } from './durable-file.js';
import { contentOf } from './file-lookup.js';

/** The file of a finished study that speaks for all others. */
export const MANIFEST = 'manifest.json';

/**
 * Puts a finished study’s files (name → bytes, `manifest.json` among them) into `<runs>/<run>/` and returns that folder. The
 * manifest goes first when it is outdated and comes last: where there is one, all the files it speaks of are whole and are its own.
 * Files that are the same already are left alone; files of other names are not touched.
 * @throws StorageFailure; Error when a name cannot be part of a path or the manifest is not among the files
 */
export async function publishRun(
  runs: string,
  run: string,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<string> {
  const folder = join(resolve(runs), checkedRun(run));
  const { [MANIFEST]: manifest, ...others } = files;
  if (manifest === undefined)
    throw new Error(`run "${run}" has no ${MANIFEST} among its files: ${Object.keys(files).join(', ')}`);
  for (const name of Object.keys(others)) checkedFile(name);
  const old = await contentOf(join(folder, MANIFEST));
  if (old !== undefined && !isSame(old, manifest)) await removeDurably(folder, MANIFEST);
  for (const [name, bytes] of Object.entries(others)) await update(join(folder, name), bytes);
  await update(join(folder, MANIFEST), manifest);
  return folder;
}

/**
 * Replaces files of a finished study whose store is gone, the manifest last. The old manifest stays until then: nothing could
 * make it again. @throws StorageFailure; Error when a name cannot be part of a path
 */
export async function replaceInRun(
  folder: string,
  { [MANIFEST]: manifest, ...others }: Readonly<Record<string, Uint8Array>>,
): Promise<void> {
  for (const name of Object.keys(others)) checkedFile(name);
  for (const [name, bytes] of Object.entries(others)) await update(join(folder, name), bytes);
  if (manifest !== undefined) await update(join(folder, MANIFEST), manifest);
}

async function update(path: string, bytes: Uint8Array): Promise<void> {
  const old = await contentOf(path);
  if (old === undefined || !isSame(old, bytes)) await writeFileDurably(path, bytes);
}

async function removeDurably(folder: string, name: string): Promise<void> {
  try {
    await rm(join(folder, name), { force: true });
    await syncFolder(folder);
  } catch (error) {
    throw await storageFailure(error, `removing the outdated ${join(folder, name)}`, folder);
  }
}

function checkedRun(name: string): string {
  if (Name.safeParse(name).success) return name;
  throw new Error(
    `"${name}" cannot name a run; expected lower-case letters, digits, ".", "_" or "-" (at most 64, beginning with a letter or digit)`,
  );
}

function checkedFile(name: string): void {
  if (PublishedName.safeParse(name).success) return;
  throw new Error(
    `"${name}" cannot name a file; expected lower-case letters, digits, ".", "_" or "-" (at most 64, beginning with a letter or digit), in one folder at most`,
  );
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
