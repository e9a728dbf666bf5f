import { execFile } from 'node:child_process';
import { access, constants, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { TemporalUnavailable } from './temporal-unavailable.js';

/** The oldest CLI whose development server has all that the workflows use; set-up asks for the same. */
const oldest = [1, 4] as const;

export interface TemporalCli {
  path: string;
  version: string;
}

/**
 * The Temporal CLI: the one on PATH when it is recent enough, else the newest that set-up put into the cache.
 * @throws TemporalUnavailable when there is none
 */
export async function findTemporalCli({
  cache,
  path,
}: {
  cache: string;
  path: string;
}): Promise<TemporalCli> {
  const candidates = [
    ...path.split(delimiter).map((folder) => join(folder, 'temporal')),
    ...(await cached(cache)),
  ];
  for (const candidate of candidates) {
    if (!(await isExecutable(candidate))) continue;
    const version = await versionOf(candidate);
    if (version !== undefined && isRecent(version)) return { path: candidate, version };
  }
  throw new TemporalUnavailable(
    `No Temporal CLI of version ${oldest.join('.')} or later on PATH or in ${join(cache, 'temporal')}. Run: npm run setup — or set TEMPORAL_ADDRESS to a running server.`,
  );
}

/** `<cache>/temporal/<version>/temporal`, newest first. */
async function cached(cache: string): Promise<string[]> {
  const folder = join(cache, 'temporal');
  const versions = (await readdir(folder).catch(() => [])).sort((a, b) =>
    b.localeCompare(a, 'en', { numeric: true }),
  ); // absent before set-up
  return versions.map((version) => join(folder, version, 'temporal'));
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false; // absent or not ours to run: the next candidate
  }
}

// Another program may be called `temporal` too; one that does not answer so is not the CLI.
async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 10_000 });
    return /temporal version (\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}
