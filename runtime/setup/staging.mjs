import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { isAlive } from './lease.mjs';

const abandonedMilliseconds = 24 * 3600 * 1000;

/**
 * Calls `work` with a fresh folder below `<place>/staging` and removes it afterwards, whatever happens.
 * It lies on the disk of the final place, so that finished things can be renamed into it. What killed runs left is swept first.
 */
export async function withStaging(place, work) {
  const all = join(place, 'staging');
  await sweep(all);
  const folder = join(all, `${hostname()}~${process.pid}~${randomUUID().slice(0, 8)}`);
  await mkdir(folder, { recursive: true });
  try {
    return await work(folder);
  } finally {
    await removeTree(folder);
  }
}

/** Puts the finished folder or link `from` at `to`; what stood there is moved into the staging folder and goes with it. */
export async function publish(from, to, staging) {
  await mkdir(dirname(to), { recursive: true });
  if (await exists(to)) await rename(to, join(staging, `replaced-${randomUUID()}`));
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** Whether something (a broken link included) lies at `path`. */
export async function exists(path) {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false;
    throw error;
  }
}

/** Sum of the sizes of all files below `folder`, in bytes; 0 while it does not exist. */
export async function sizeOfTree(folder) {
  let total = 0;
  for (const entry of await listed(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) total += await sizeOfTree(path);
    else total += (await lstat(path).catch(() => ({ size: 0 }))).size; // a temporary file may vanish while we look
  }
  return total;
}

async function sweep(all) {
  for (const entry of await listed(all)) {
    const [host, pid] = entry.name.split('~');
    const path = join(all, entry.name);
    if (host === hostname() ? !isAlive(Number(pid)) : await isAbandoned(path)) await removeTree(path);
  }
}

async function isAbandoned(path) {
  const { mtimeMs } = await lstat(path).catch(() => ({ mtimeMs: Date.now() })); // another run swept it first
  return Date.now() - mtimeMs > abandonedMilliseconds;
}

// A program started by a killed run may still write into its folder; the next sweep then takes the rest.
async function removeTree(path) {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    if (error.code !== 'ENOTEMPTY') throw error;
  }
}

async function listed(folder) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  }
}

async function syncFolder(folder) {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
