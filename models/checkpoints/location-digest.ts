import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { combinedDigest, fileDigest } from './file-digest.js';
import type { ModelLocation } from './location.js';

/**
 * SHA-256 over all files at a model's location and what the registry says of it, without opening one: equal digests mean
 * the same model. A file that no model reads changes it too.
 * @param options.cacheFolder per-user cache, in which digests of big files are remembered
 */
export async function locationDigest(
  location: ModelLocation,
  options: { cacheFolder?: string } = {},
): Promise<string> {
  const digests = new Map<string, string>();
  for (const [name, path] of await filesAt(location)) digests.set(name, await fileDigest(path, options));
  if (location.licence !== undefined) digests.set('licence', location.licence);
  if (location.format === 'gguf' && location.sha256 !== undefined) digests.set('expected', location.sha256);
  return combinedDigest(digests);
}

async function filesAt(location: ModelLocation): Promise<[string, string][]> {
  if (location.format === 'gguf') return [['file', location.file]];
  const { folder } = location;
  const found: [string, string][] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if ((await stat(path)).isFile()) found.push([`file ${name}`, path]);
  }
  return found;
}
