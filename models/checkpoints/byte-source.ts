import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Bytes that are read by range: a file on disk, or a buffer in memory. */
export interface ByteSource {
  /** Names the bytes in errors. */
  place: string;
  size: number;
  /**
   * @param what names the bytes wanted, in errors
   * @throws when the range reaches beyond the end
   */
  read(offset: number, length: number, what: string): Uint8Array<ArrayBuffer>;
}

/** Reads ranges of a file; the file is opened for each read and never held in memory whole. */
export function fileBytes(path: string): ByteSource {
  const size = withFile(path, (descriptor) => fstatSync(descriptor).size);
  return {
    place: path,
    size,
    read(offset, length, what) {
      checkRange(this, { offset, length, what });
      const bytes = new Uint8Array(length);
      const filled = withFile(path, (descriptor) => fill(descriptor, bytes, offset));
      if (filled < length) {
        throw new Error(
          `${path}: file ended ${length - filled} bytes early while ${what} (${length} bytes) was read; it changed meanwhile`,
        );
      }
      return bytes;
    },
  };
}

/** The same interface over bytes that are already in memory. */
export function memoryBytes(bytes: Uint8Array, place: string): ByteSource {
  return {
    place,
    size: bytes.byteLength,
    read(offset, length, what) {
      checkRange(this, { offset, length, what });
      return new Uint8Array(bytes.subarray(offset, offset + length));
    },
  };
}

// One system call reads at most 2 GiB − 1.
const LARGEST_READ = 2 ** 30;

function fill(descriptor: number, bytes: Uint8Array, offset: number): number {
  let filled = 0;
  while (filled < bytes.byteLength) {
    const length = Math.min(bytes.byteLength - filled, LARGEST_READ);
    const count = readSync(descriptor, bytes, filled, length, offset + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

function checkRange(source: ByteSource, range: { offset: number; length: number; what: string }): void {
  const { offset, length, what } = range;
  if (offset < 0 || length < 0 || offset + length > source.size) {
    throw new Error(
      `${source.place}: ${what} needs ${length} bytes at ${offset}, the file has ${source.size} bytes; it is truncated or corrupt, fetch it anew`,
    );
  }
}

function withFile<T>(path: string, use: (descriptor: number) => T): T {
  const descriptor = openSync(path, 'r');
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
