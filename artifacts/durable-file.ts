import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { StorageFailure } from './store-errors.js';

/** Files whose names start so are unfinished: a writer is at work on them, or was killed. */
export const UNFINISHED = '.tmp-';

/**
 * Puts a file in place as a whole and durably: whoever looks, at any moment and after a crash, finds the old content or the
 * new one. Makes the folder when it is missing. (Why each step: Pillai et al., OSDI 2014, "All file systems are not created equal".)
 * @throws StorageFailure; the unfinished file is removed.
 */
export async function writeFileDurably(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(resolve(path));
  const unfinished = join(folder, UNFINISHED + randomUUID());
  try {
    await makeFolder(folder);
    await writeAndSync(unfinished, bytes);
    await rename(unfinished, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined); // the first failure is the one to tell
    throw await storageFailure(error, `writing ${bytes.length} bytes to ${path}`, folder);
  }
}

/** Makes a folder’s entries (new names, renames) survive a crash. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Turns an error of the operating system into one that says what was tried, where, and what to do; others pass. */
export async function storageFailure(error: unknown, action: string, folder: string): Promise<unknown> {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  const advice = await adviceFor(error.code, folder);
  return new StorageFailure(error.code, `${action} failed (${error.code}): ${advice}`, { cause: error });
}

async function writeAndSync(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  // Each new folder is an entry of the one above it, up to the parent of the first that was made.
  for (let child = folder; child !== dirname(first); child = dirname(child)) await syncFolder(dirname(child));
}

async function adviceFor(code: string, folder: string): Promise<string> {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `the disk or quota is full (${await freeSpace(folder)}); make room and start again, finished work is kept`;
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return 'the place cannot be written to; check its owner and permissions, or choose another place';
    case 'EIO':
      return 'the disk reports an error; check it before going on';
    default:
      return 'nothing was published; see the cause';
  }
}

async function freeSpace(folder: string): Promise<string> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return `${bavail * bsize} bytes free in ${folder}`;
  } catch {
    return `free space of ${folder} unknown`;
  }
}
