import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { HubApiError, type ListFileEntry, listFiles, modelInfo } from '@huggingface/hub';
import { connectionFault } from './connection-fault.js';
import { downloadHubFile } from './hub-file.js';
import type { HubAccess, HubId } from './hub-id.js';

export interface HubOptions {
  /** For example https://huggingface.co */
  endpoint: string;
  /** Access token for gated and private models. */
  token?: string;
  /** Called as bytes arrive, with totals over all files of the model. */
  onProgress?: (progress: { file: string; bytes: number; ofBytes: number }) => void;
}

/**
 * Brings a model's config, safetensors and tokenizer files into `<folder>/<owner>--<name>/<commit>/`, each checked
 * against the size and hash that the hub states. A complete commit is never fetched again, and a commit given in
 * full needs no network then.
 * @returns the folder of the commit
 * @throws when the hub has no such model or revision, needs a token, or gives other bytes than it states
 */
export async function downloadFromHub(id: HubId, folder: string, options: HubOptions): Promise<string> {
  const models = join(folder, id.repository.replace('/', '--'));
  const pinned = join(models, id.revision);
  if (isCommit(id.revision) && existsSync(join(pinned, COMPLETE))) return pinned;
  const hub = {
    hubUrl: options.endpoint,
    ...(options.token === undefined ? {} : { accessToken: options.token }),
  };
  try {
    const commit = await commitOf(id, hub);
    const target = join(models, commit);
    if (existsSync(join(target, COMPLETE))) return target;
    const files = await neededFiles({ repository: id.repository, revision: commit }, hub);
    await mkdir(target, { recursive: true });
    await downloadAll(files, { id: { repository: id.repository, revision: commit }, target, hub, options });
    return target;
  } catch (cause) {
    throw await explainHubError(cause, { id, endpoint: options.endpoint, models });
  }
}

// Written last; a folder without it is a download that was interrupted.
const COMPLETE = '.complete';

export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

async function commitOf(id: HubId, hub: HubAccess): Promise<string> {
  const { sha } = await modelInfo({
    name: id.repository,
    revision: id.revision,
    additionalFields: ['sha'],
    ...hub,
  });
  if (isCommit(sha)) return sha;
  throw new Error(`commit is ${JSON.stringify(sha)}, expected 40 hexadecimal digits`);
}

/** Config, weights and tokenizer; of two weight formats only safetensors. */
async function neededFiles(id: HubId, hub: HubAccess): Promise<ListFileEntry[]> {
  const files: ListFileEntry[] = [];
  for await (const entry of listFiles({ repo: id.repository, revision: id.revision, ...hub })) {
    if (entry.type === 'file' && isNeeded(entry.path)) files.push(entry);
  }
  const names = files.map(({ path }) => path);
  const complete = names.includes('config.json') && names.some((name) => name.endsWith('.safetensors'));
  if (!complete) {
    throw new Error(
      `its files are ${names.join(', ')}; expected config.json and .safetensors weights among them`,
    );
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function isNeeded(path: string): boolean {
  if (basename(path) !== path || path.includes('\\')) return false;
  return /^model.*\.safetensors(\.index\.json)?$/.test(path) || DESCRIBING_FILES.has(path);
}

const DESCRIBING_FILES: ReadonlySet<string> = new Set([
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
  'README.md',
]);

async function downloadAll(
  files: readonly ListFileEntry[],
  download: { id: HubId; target: string; hub: HubAccess; options: HubOptions },
): Promise<void> {
  const { id, target, hub, options } = download;
  const ofBytes = files.reduce((total, { size }) => total + size, 0);
  let before = 0;
  for (const file of files) {
    const report = (bytes: number) =>
      options.onProgress?.({ file: file.path, bytes: before + bytes, ofBytes });
    const { repository: repo, revision } = id;
    await downloadHubFile(file, join(target, file.path), { repo, revision, hub, report });
    before += file.size;
  }
  await writeFile(join(target, COMPLETE), '');
}

async function explainHubError(
  cause: unknown,
  wanted: { id: HubId; endpoint: string; models: string },
): Promise<Error> {
  const { repository, revision } = wanted.id;
  const what = `Model ${repository}@${revision} at ${wanted.endpoint}`;
  const refusal = refusalOf(cause, ', nor is there such a folder');
  if (refusal !== undefined) return new Error(`${what}: ${refusal}`, { cause });
  const commits = await completeCommits(wanted.models);
  const offline = commits.map((commit) => `${repository}@${commit}`).join(', ');
  const advice =
    commits.length === 0 ? 'check the connection and try again' : `already downloaded: ${offline}`;
  return new Error(`${what}: ${connectionFault(cause)}; ${advice}`, { cause });
}

async function completeCommits(models: string): Promise<string[]> {
  if (!existsSync(models)) return [];
  const commits = await readdir(models);
  return commits.filter((commit) => existsSync(join(models, commit, COMPLETE))).sort();
}

/** What the hub's refusal means, and what to do; undefined when it was none. */
export function refusalOf(cause: unknown, further = ''): string | undefined {
  if (!(cause instanceof HubApiError)) return undefined;
  if (cause.statusCode === 404) return `not found${further}; check owner, name and revision`;
  if (cause.statusCode !== 401 && cause.statusCode !== 403) return undefined;
  return `access is refused (${cause.statusCode}); accept its terms and set HF_TOKEN`;
}
