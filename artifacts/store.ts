import type { ArtifactKind, ArtifactRef } from '../schemas/artifact.js';

/**
 * Where results live: immutable objects named by their content, and small named pointers (JSON) that may be overwritten.
 * A pointer’s name is one or more `Name`s joined by "/". Every method throws `StorageFailure` when the storage refuses.
 */
export interface Store {
  /** Stores bytes durably; when it returns they survive a crash. Storing the same bytes again changes nothing. */
  put(bytes: Uint8Array, kind: ArtifactKind): Promise<ArtifactRef>;
  /** The object’s bytes, verified. @throws MissingObject; CorruptObject, after moving the object out of the way. */
  get(ref: { sha256: string }): Promise<Uint8Array>;
  /** Whether an object of this name is there, without verifying it. */
  has(sha256: string): Promise<boolean>;
  /** Removes an object that its writer alone refers to, and no longer does; one that is not there is removed already. */
  discard(ref: { sha256: string }): Promise<void>;
  /** The pointer’s value, undefined when there is none. @throws CorruptPointer */
  readPointer(name: string): Promise<unknown>;
  /** Replaces the pointer as a whole: readers see the old value or the new one. */
  writePointer(name: string, value: unknown): Promise<void>;
  /** Names of all pointers that start with the prefix, sorted. */
  listPointers(prefix: string): Promise<string[]>;
  /** Reads everything and reports what is wrong; changes nothing. */
  verify(): AsyncIterable<StoreDefect>;
}

/** What `verify` found: damaged content, a reference that leads nowhere, or what a killed writer left behind. */
export type StoreDefect =
  | { defect: 'corrupt'; sha256: string; place: string; found: { sha256: string; bytes: number } }
  | { defect: 'missing'; sha256: string; referrer: string }
  | { defect: 'unreadable'; pointer: string; reason: string }
  | { defect: 'abandoned'; place: string; bytes: number };
