import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { numericBackend, tensorflowLibrary, tf } from '../../models/tensorflow.js';

const LibraryVersions = z.strictObject({ tensorflow: z.string(), tfjs: z.string() });
export type LibraryVersions = z.infer<typeof LibraryVersions>;

/**
 * Versions of TensorFlow and tfjs, which belong to every cell's key. Loading the library to ask it takes a second of a
 * processor, so its answer is kept in the cache for as long as its file (path, size, inode, times) and the build are the same.
 */
export function libraryVersions({ cache, build }: { cache: string; build: string }): LibraryVersions {
  const folder = join(cache, 'versions');
  const file = join(folder, `${identity(build)}.json`);
  const known = kept(file);
  if (known !== undefined) return known;
  const versions = { tensorflow: numericBackend().tensorflow, tfjs: tf.version_core };
  mkdirSync(folder, { recursive: true });
  const temporary = `${file}.${randomUUID()}`;
  writeFileSync(temporary, JSON.stringify(versions));
  renameSync(temporary, file);
  return versions;
}

function identity(build: string): string {
  const library = realpathSync(tensorflowLibrary());
  const { size, ino, mtimeNs, ctimeNs } = statSync(library, { bigint: true });
  return createHash('sha256').update([build, library, size, ino, mtimeNs, ctimeNs].join(' ')).digest('hex');
}

// A damaged file is the same as none: the library is asked again.
function kept(file: string): LibraryVersions | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return LibraryVersions.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
