import { type Hash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { connectionFault } from './connection-fault.js';

/** A file somewhere else, with what is stated about it. */
export interface RemoteFile {
  /** For errors. */
  name: string;
  /** Bytes, where they are stated. */
  size?: number;
  /** In hexadecimal, as `newHash` makes it. */
  digest: string;
  newHash: () => Hash;
  /** Who states the digest, for errors. */
  statedBy: string;
  /** What to do when other bytes arrive; to try again when absent. */
  advice?: string;
  /** The bytes from an offset on; undefined when only the whole file can be had. */
  open: (from: number) => Promise<ReadableStream<Uint8Array> | undefined>;
  report: (bytes: number) => void;
}

/**
 * Fetches a file beside its target and renames it into place when its hash is right. What a broken connection or a
 * killed process has left of it is gone on with.
 * @throws when other bytes arrive than stated, of which nothing is kept
 */
export async function resumableDownload(remote: RemoteFile, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const own = `${target}.${randomUUID()}.partial`;
  await adoptLeftover(target, own);
  const hash = remote.newHash();
  const kept = await hashed(own, hash);
  const rest = await remote.open(kept);
  const bytes = rest && (await appended(rest, { ...remote, size: remote.size, target, own, hash, kept }));
  const digest = hash.digest('hex');
  if (bytes !== undefined && digest === remote.digest && bytes === (remote.size ?? bytes))
    return rename(own, target);
  await rm(own, { force: true });
  // What was there already may have been damaged, or cannot be gone on with: the next attempt takes nothing over.
  if (kept > 0) return resumableDownload(remote, target);
  throw new Error(complaint(remote, { bytes, digest }));
}

function complaint(
  { name, size, digest, statedBy, advice = 'try again' }: RemoteFile,
  found: { bytes: number | undefined; digest: string },
): string {
  if (found.bytes === undefined) return `${name}: its server sends no bytes`;
  return size !== undefined && found.bytes !== size
    ? `${name}: ${found.bytes} bytes arrived, expected ${size}; try again`
    : `${name}: the bytes hash to ${found.digest}, ${statedBy} ${digest}; nothing of them is kept; ${advice}`;
}

interface Appending {
  target: string;
  own: string;
  name: string;
  size: number | undefined;
  hash: Hash;
  kept: number;
  report: (bytes: number) => void;
}

/** @returns the bytes of the whole file. What has arrived when the connection breaks is left for the next attempt. */
async function appended(
  rest: ReadableStream<Uint8Array>,
  { target, own, name, size, hash, kept, report }: Appending,
): Promise<number> {
  let bytes = kept;
  const meter = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.byteLength;
      hash.update(chunk);
      report(bytes);
      done(null, chunk);
    },
  });
  try {
    await pipeline(Readable.fromWeb(rest), meter, createWriteStream(own, { flags: 'a' }));
  } catch (cause) {
    await rename(own, `${target}${RELEASED}`).catch(() => undefined);
    throw new Error(`${name}: ${interruption(cause, bytes, size)}`, { cause });
  }
  return bytes;
}

function interruption(cause: unknown, bytes: number, size: number | undefined): string {
  const of = size === undefined ? '' : ` of ${size}`;
  const isOfDisk = cause instanceof Error && 'syscall' in cause;
  const what = isOfDisk
    ? `its bytes cannot be written (${cause.message})`
    : `the connection broke (${connectionFault(cause)})`;
  return `${what} after ${bytes}${of} bytes; what is there is kept, and the next attempt goes on from it`;
}

const RELEASED = '.partial';

/** What follows the target's name in those of its leftovers: released, or of one process. */
const LEFTOVER = /^(\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?\.partial$/;

/** A process that still writes to one has changed it more recently. */
const ABANDONED_MS = 10_000;

/** Takes what an earlier attempt has left; a rename succeeds for one of several who try. */
async function adoptLeftover(target: string, own: string): Promise<void> {
  const [folder, name] = [dirname(target), basename(target)];
  const leftovers = (await readdir(folder)).filter(
    (file) => file.startsWith(name) && LEFTOVER.test(file.slice(name.length)),
  );
  for (const leftover of leftovers) {
    const path = join(folder, leftover);
    const isReleased = leftover === `${name}${RELEASED}`;
    try {
      if (!isReleased && Date.now() - (await stat(path)).mtimeMs < ABANDONED_MS) continue;
      return await rename(path, own);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
}

/** Bytes of a file, all put into the hash; none when it is not there. */
async function hashed(file: string, hash: Hash): Promise<number> {
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(file)) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return bytes;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
