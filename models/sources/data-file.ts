import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { datasetInfo, pathsInfo } from '@huggingface/hub';
import type { HubFile, RemoteData, UrlFile } from '../../schemas/task.js';
import { connectionFault } from './connection-fault.js';
import { type HubOptions, isCommit, refusalOf } from './hub.js';
import { downloadHubFile } from './hub-file.js';
import type { HubAccess } from './hub-id.js';
import { resumableDownload } from './resumable-download.js';

export interface DataFolders {
  /** Per-user cache; files of data sets lie in data/. */
  cacheFolder: string;
  hub: HubOptions;
}

/**
 * Brings a file of a data set into the cache, once, checked against the hash that its source states.
 * @returns its path
 * @throws when it is not there, access is refused, or other bytes arrive
 */
export function fetchDataFile(file: RemoteData, folders: DataFolders): Promise<string> {
  return 'hub' in file ? fromHub(file, folders) : fromUrl(file, folders);
}

async function fromHub(
  { hub: name, revision, path }: HubFile,
  { cacheFolder, hub }: DataFolders,
): Promise<string> {
  const folder = join(cacheFolder, 'data', 'hub', name.replace('/', '--'));
  const pinned = join(folder, revision, path);
  if (isCommit(revision) && existsSync(pinned)) return pinned;
  const access: HubAccess = {
    hubUrl: hub.endpoint,
    ...(hub.token === undefined ? {} : { accessToken: hub.token }),
  };
  const repo = { type: 'dataset', name } as const;
  try {
    const { sha } = await datasetInfo({ name, revision, additionalFields: ['sha'], ...access });
    const [entry] = await pathsInfo({ repo, paths: [path], revision: sha, ...access });
    if (entry === undefined) throw new Error(`it has no file ${path}`);
    const target = join(folder, sha, path);
    const report = (bytes: number) => hub.onProgress?.({ file: path, bytes, ofBytes: entry.size });
    await downloadHubFile(entry, target, { repo, revision: sha, hub: access, report });
    return target;
  } catch (cause) {
    const kept = await keptCommits(folder, path);
    const advice =
      kept.length === 0 ? 'check the connection and try again' : `already here: revision ${kept.join(', ')}`;
    const why = refusalOf(cause) ?? `${connectionFault(cause)}; ${advice}`;
    throw new Error(`Data set ${name}@${revision} at ${hub.endpoint}: ${why}`, { cause });
  }
}

async function keptCommits(folder: string, path: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  return (await readdir(folder)).filter((commit) => existsSync(join(folder, commit, path))).sort();
}

async function fromUrl({ url, sha256 }: UrlFile, { cacheFolder, hub }: DataFolders): Promise<string> {
  const target = join(cacheFolder, 'data', 'url', sha256, basename(new URL(url).pathname) || 'data');
  if (existsSync(target)) return target;
  await resumableDownload(
    {
      name: url,
      digest: sha256,
      newHash: () => createHash('sha256'),
      statedBy: 'the task file states',
      advice: 'check the address, and what its owner states of the file',
      open: (from) => opened(url, from),
      report: (bytes) => hub.onProgress?.({ file: url, bytes, ofBytes: bytes }),
    },
    target,
  );
  return target;
}

/** A server's answer instead of the file. */
class RefusedDownload extends Error {
  override name = 'RefusedDownload';
  constructor(
    message: string,
    readonly statusCode: number,
  ) {
    super(message);
  }
}

async function opened(url: string, from: number) {
  const headers = from === 0 ? {} : { Range: `bytes=${from}-` };
  const response = await fetch(url, { headers }).catch((cause: unknown) => {
    throw new Error(`${url}: ${connectionFault(cause)}; check the connection and try again`, { cause });
  });
  // 200 to a range is the whole file; 416 says that the range begins behind its end.
  if (from > 0 && response.status !== 206) {
    await response.body?.cancel();
    return undefined;
  }
  if (!response.ok) {
    const advice = response.status < 500 ? 'check the address' : 'try again later';
    throw new RefusedDownload(
      `${url}: the server answers ${response.status} ${response.statusText}; ${advice}`,
      response.status,
    );
  }
  return response.body ?? undefined;
}
