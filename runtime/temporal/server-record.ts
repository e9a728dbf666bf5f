import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { access, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

/** What `<state>/temporal-server.json` says about the server that was started for this state folder. */
const ServerRecord = z.object({
  pid: z.number().int().positive(),
  /** `starting` while `pid` is the process that starts the server, `running` once it is the server itself. */
  stage: z.enum(['starting', 'running']),
  port: z.number().int(),
  uiPort: z.number().int(),
  cliVersion: z.string(),
});
export type ServerRecord = z.infer<typeof ServerRecord>;

export const databaseFile = (state: string): string => join(state, 'temporal.db');
export const logFile = (state: string): string => join(state, 'logs', 'temporal-server.log');
const recordFile = (state: string): string => join(state, 'temporal-server.json');

/** The record; undefined when there is none or a killed process left half of one. */
export function readRecord(state: string): Promise<ServerRecord | undefined> {
  return parseRecord(recordFile(state));
}

/** Writes the record unless there is one: of several processes that want to start the server, one wins. */
export async function claim(state: string, record: ServerRecord): Promise<boolean> {
  await mkdir(state, { recursive: true });
  const own = `${recordFile(state)}.${randomUUID()}`;
  await writeFile(own, JSON.stringify(record));
  try {
    await link(own, recordFile(state)); // appears with its content or not at all
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(own);
  }
}

export async function writeRecord(state: string, record: ServerRecord): Promise<void> {
  const temporary = `${recordFile(state)}.${process.pid}`;
  await writeFile(temporary, JSON.stringify(record));
  await rename(temporary, recordFile(state));
}

export async function removeRecord(state: string): Promise<void> {
  await rm(recordFile(state), { force: true });
}

/** Removes a record whose process is gone; a newer record that another process wrote meanwhile stays. */
export async function removeStaleRecord(state: string): Promise<void> {
  const stale = await readRecord(state);
  if (stale === undefined ? !(await exists(recordFile(state))) : await isHeld(state, stale)) return;
  const aside = `${recordFile(state)}.${randomUUID()}`;
  try {
    await rename(recordFile(state), aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  const caught = await parseRecord(aside);
  if (JSON.stringify(caught) === JSON.stringify(stale)) await rm(aside);
  else await rename(aside, recordFile(state));
}

/** Whether the record's process is alive and what it says it is; process numbers are reused, so the command line is looked at. */
export async function isHeld(state: string, record: ServerRecord): Promise<boolean> {
  if (!isAlive(record.pid)) return false;
  return record.stage === 'starting' || (await commandLine(record.pid)).includes(databaseFile(state));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

async function parseRecord(path: string): Promise<ServerRecord | undefined> {
  try {
    return ServerRecord.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Command line of a process, empty when it is gone. */
async function commandLine(pid: number): Promise<string> {
  try {
    if (process.platform === 'linux') return await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return (await promisify(execFile)('ps', ['-o', 'args=', '-p', String(pid)])).stdout;
  } catch {
    return ''; // it ended between the two looks
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
