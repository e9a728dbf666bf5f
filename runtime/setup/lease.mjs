import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const beatMilliseconds = 1_000;
const expiryMilliseconds = 15_000;

/**
 * Runs `work` while holding the lease file `path`; others wait for their turn.
 * The holder touches the file every second. A lease whose holder is gone, or silent for 15 seconds, is taken over, so none can get stuck.
 * A lease only saves double work: whatever it guards says that it is done last of all, by a rename or a stamp, and is done again without.
 */
export async function withLease(path, work, { signal, onWait = () => {} } = {}) {
  const token = randomUUID();
  await mkdir(dirname(path), { recursive: true });
  while (!(await acquired(path, token))) {
    const holder = await readHolder(path);
    if (holder && isExpired(holder)) await takeAway(path, holder);
    else {
      if (holder) onWait(holder);
      await sleep(200, undefined, { signal });
    }
  }
  const beat = setInterval(() => utimes(path, new Date(), new Date()).catch(ignoreMissing), beatMilliseconds);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    if ((await readHolder(path))?.token === token) await rm(path, { force: true });
  }
}

/** Whether the process `pid` of this machine is alive. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

// Linking a finished file makes the lease appear with its content, or not at all.
async function acquired(path, token) {
  const own = `${path}.${token}`;
  await writeFile(own, JSON.stringify({ token, pid: process.pid, host: hostname() }));
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

/** What the lease file says and how old it is; undefined when it is gone. */
async function readHolder(path) {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return { ...JSON.parse(text), ageMilliseconds: Date.now() - mtimeMs };
  } catch (error) {
    return ignoreMissing(error);
  }
}

function isExpired(holder) {
  if (holder.ageMilliseconds > expiryMilliseconds) return true;
  return holder.host === hostname() && !isAlive(holder.pid);
}

// Renaming first makes one of several takers the winner; a fresh lease caught by mistake is put back.
async function takeAway(path, expired) {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    return ignoreMissing(error);
  }
  const caught = await readHolder(aside);
  if (caught?.token === expired.token) await rm(aside, { force: true });
  else await rename(aside, path);
}

function ignoreMissing(error) {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
