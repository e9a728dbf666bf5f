import { createHash } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readCacheRecord, writeCacheRecord } from '../../models/sources/cache-record.js';
import { numericBackend, tensorflowLibrary, tf } from '../../models/tensorflow.js';

const LibraryVersions = z.strictObject({ tensorflow: z.string(), tfjs: z.string() });
export type LibraryVersions = z.infer<typeof LibraryVersions>;

/**
 * Versions of TensorFlow and tfjs, which belong to every cell's key. Loading the library to ask it takes a second of a
 * processor, so its answer is kept in the cache for as long as its file (path, size, inode, times) and the build are the same.
 */
export async function libraryVersions({
  cache,
  build,
}: {
  cache: string;
  build: string;
}): Promise<LibraryVersions> {
  const file = join(cache, 'versions', `${identity(build)}.json`);
  const known = await readCacheRecord(file, LibraryVersions);
  if (known !== undefined) return known;
  const versions = { tensorflow: numericBackend().tensorflow, tfjs: tf.version_core };
  await writeCacheRecord(file, versions);
  return versions;
}

function identity(build: string): string {
  const library = realpathSync(tensorflowLibrary());
  const { size, ino, mtimeNs, ctimeNs } = statSync(library, { bigint: true });
  return createHash('sha256').update([build, library, size, ino, mtimeNs, ctimeNs].join(' ')).digest('hex');
}
