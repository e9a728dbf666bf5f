import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { storageFailure } from './durable-file.js';

/** A file’s content, undefined when there is no such file. @throws StorageFailure */
export async function contentOf(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw await storageFailure(error, `reading ${path}`, dirname(path));
  }
}

/** A file’s length in bytes, undefined when there is no such file. @throws StorageFailure */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw await storageFailure(error, `looking at ${path}`, dirname(path));
  }
}

/** Whether an error of the file system says that the path is not there. */
export function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
