import { createHash, type Hash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { downloadFile, type ListFileEntry } from '@huggingface/hub';
import type { HubAccess, HubId } from './hub-id.js';

/**
 * Fetches one file beside its target, checks size and hash, and renames it into place. A target that already has
 * the stated hash is kept.
 * @throws when the bytes that arrive are not those the hub states; nothing is left behind then
 */
export async function downloadHubFile(
  entry: ListFileEntry,
  target: string,
  download: { id: HubId; hub: HubAccess; report: (bytes: number) => void },
): Promise<void> {
  if (existsSync(target) && (await isIntact(entry, target))) {
    download.report(entry.size);
    return;
  }
  const { repository, revision } = download.id;
  const blob = await downloadFile({ repo: repository, path: entry.path, revision, ...download.hub });
  if (blob === null) throw new Error(`${entry.path}: the hub lists the file but does not have it`);
  const temporary = `${target}.${randomUUID()}.partial`;
  try {
    const meter = byteMeter(expectedHash(entry), download.report);
    await pipeline(Readable.fromWeb(blob.stream()), meter.stream, createWriteStream(temporary));
    checkDownload(entry, { bytes: meter.bytes(), digest: meter.digest() });
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}

interface ExpectedHash {
  digest: string | undefined;
  hash: Hash;
}

// The hub states SHA-256 for large files and Git's object id, SHA-1 over a header and the bytes, for the others.
function expectedHash(entry: ListFileEntry): ExpectedHash {
  if (entry.lfs !== undefined) return { digest: entry.lfs.oid, hash: createHash('sha256') };
  return { digest: entry.oid, hash: createHash('sha1').update(`blob ${entry.size}\0`) };
}

async function isIntact(entry: ListFileEntry, target: string): Promise<boolean> {
  if ((await stat(target)).size !== entry.size) return false;
  const { digest, hash } = expectedHash(entry);
  await pipeline(createReadStream(target), hash);
  return digest === hash.digest('hex');
}

function byteMeter({ hash }: ExpectedHash, report: (bytes: number) => void) {
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.byteLength;
      hash.update(chunk);
      report(bytes);
      done(null, chunk);
    },
  });
  return { stream, bytes: () => bytes, digest: () => hash.digest('hex') };
}

function checkDownload(entry: ListFileEntry, found: { bytes: number; digest: string }): void {
  if (found.bytes !== entry.size) {
    throw new Error(`${entry.path}: ${found.bytes} bytes arrived, expected ${entry.size}; try again`);
  }
  const { digest } = expectedHash(entry);
  if (digest !== found.digest) {
    throw new Error(`${entry.path}: the bytes hash to ${found.digest}, the hub states ${digest}; try again`);
  }
}
