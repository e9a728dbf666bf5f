import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { sha256 } from './canonical-json.js';
import { pointerText, pointerValue } from './pointer-text.js';
import { type Bucket, openBucket, type S3Location } from './s3-bucket.js';
import type { Store, StoreDefect } from './store.js';
import { CorruptObject, MissingObject } from './store-errors.js';
import { objectPath, pointerOfPath, pointerPath } from './store-names.js';
import { verifyReferences } from './verify-references.js';

/** A store in a bucket of any S3-compatible service, laid out as a folder store is; several hosts may share it. */
export function s3Store(location: S3Location): Store {
  const bucket = openBucket(location);
  const store: Store = {
    async put(bytes, kind) {
      const digest = sha256(bytes);
      const path = objectPath(digest);
      if ((await bucket.size(path)) !== bytes.length) await bucket.write(path, bytes);
      return { sha256: digest, bytes: bytes.length, kind };
    },
    async get(ref) {
      const path = objectPath(ref.sha256);
      const bytes = await bucket.read(path);
      if (bytes === undefined) throw new MissingObject(ref.sha256, bucket.urlOf(path));
      return sha256(bytes) === ref.sha256 ? bytes : quarantine(bucket, ref.sha256, bytes);
    },
    async has(digest) {
      return (await bucket.size(objectPath(digest))) !== undefined;
    },
    async discard(ref) {
      await bucket.remove(objectPath(ref.sha256));
    },
    async readPointer(name) {
      const path = pointerPath(name);
      const bytes = await bucket.read(path);
      return bytes === undefined ? undefined : pointerValue(bytes, name, bucket.urlOf(path));
    },
    async writePointer(name, value) {
      await bucket.write(pointerPath(name), pointerText(value));
    },
    async listPointers(prefix) {
      const parent = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      pointerPath(`${parent}any`); // refuses a prefix that no pointer can have
      return (await bucket.list(`pointers/${prefix}`)).map(pointerOfPath).sort();
    },
    verify() {
      return verifyBucket(bucket, store);
    },
  };
  return store;
}

/** Copies a damaged object aside before removing it, so that its bytes can still be looked at. */
async function quarantine(bucket: Bucket, digest: string, bytes: Uint8Array): Promise<never> {
  const place = `quarantine/${digest}-${randomUUID()}`;
  await bucket.write(place, bytes);
  await bucket.remove(objectPath(digest));
  throw new CorruptObject(digest, { sha256: sha256(bytes), bytes: bytes.length }, bucket.urlOf(place));
}

async function* verifyBucket(bucket: Bucket, store: Store): AsyncGenerator<StoreDefect> {
  const intact = new Map<string, boolean>();
  for (const path of await bucket.list('objects/')) {
    const bytes = await bucket.read(path);
    if (bytes === undefined) continue; // went to quarantine meanwhile
    const [name, digest] = [basename(path), sha256(bytes)];
    intact.set(name, name === digest);
    if (name === digest) continue;
    yield {
      defect: 'corrupt',
      sha256: name,
      place: bucket.urlOf(path),
      found: { sha256: digest, bytes: bytes.length },
    };
  }
  yield* verifyReferences(store, intact);
}
