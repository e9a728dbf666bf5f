import { createHash, type Hash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { downloadFile, type RepoDesignation } from '@huggingface/hub';
import type { HubAccess } from './hub-id.js';
import { resumableDownload } from './resumable-download.js';

/** A file as the hub lists it. */
export interface HubEntry {
  path: string;
  size: number;
  /** Git's object id. */
  oid?: string | undefined;
  /** Of a large file: its SHA-256. */
  lfs?: { oid: string } | undefined;
}

/**
 * Fetches one file beside its target, checks size and hash, and renames it into place. A target that already has
 * the stated hash is kept; what a broken download has left is gone on with.
 * @throws when the bytes that arrive are not those the hub states; nothing of them is left then
 */
export async function downloadHubFile(
  entry: HubEntry,
  target: string,
  {
    repo,
    revision,
    hub,
    report,
  }: { repo: RepoDesignation; revision: string; hub: HubAccess; report: (bytes: number) => void },
): Promise<void> {
  if (existsSync(target) && (await isIntact(entry, target))) {
    report(entry.size);
    return;
  }
  const { digest, newHash } = statedHash(entry);
  await resumableDownload(
    {
      name: entry.path,
      size: entry.size,
      digest,
      newHash,
      statedBy: 'the hub states',
      async open(from) {
        const blob = await downloadFile({ repo, path: entry.path, revision, ...hub });
        if (blob === null) throw new Error(`${entry.path}: the hub lists the file but does not have it`);
        return (from === 0 ? blob : blob.slice(from)).stream();
      },
      report,
    },
    target,
  );
}

// The hub states SHA-256 for large files and Git's object id, SHA-1 over a header and the bytes, for the others.
function statedHash({ path, size, oid, lfs }: HubEntry): { digest: string; newHash: () => Hash } {
  if (lfs !== undefined) return { digest: lfs.oid, newHash: () => createHash('sha256') };
  if (oid === undefined) throw new Error(`${path}: the hub states no hash for it`);
  return { digest: oid, newHash: () => createHash('sha1').update(`blob ${size}\0`) };
}

async function isIntact(entry: HubEntry, target: string): Promise<boolean> {
  if ((await stat(target)).size !== entry.size) return false;
  const { digest, newHash } = statedHash(entry);
  const hash = newHash();
  await pipeline(createReadStream(target), hash);
  return digest === hash.digest('hex');
}
