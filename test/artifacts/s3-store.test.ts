import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openBucket, type S3Location } from '../../artifacts/s3-bucket.js';
import { s3Store } from '../../artifacts/s3-store.js';
import { CorruptObject, MissingObject, StorageFailure } from '../../artifacts/store-errors.js';
import { objectPath } from '../../artifacts/store-names.js';
import { pythonWith, wantsPython } from '../python/environment.js';
import { defectsOf, storeLaws } from './store-laws.js';

const MAKING_THE_ENVIRONMENT_MS = 300_000;
const BUCKET = 'crossover-test';
let service: { endpoint: string; process: ChildProcess } | undefined;

describe.skipIf(!wantsPython)(
  'a bucket of moto’s S3 service (skipped unless CI or CROSSOVER_PYTHON_READERS=1 is set)',
  () => {
    beforeAll(async () => {
      service = await startService();
    }, MAKING_THE_ENVIRONMENT_MS);
    afterAll(() => {
      service?.process.kill();
    });

    storeLaws('S3 store', async () => s3Store(location()));

    test('a damaged object goes to quarantine, then counts as missing, and can be put again', async () => {
      const here = location();
      const [store, bucket] = [s3Store(here), openBucket(here)];
      const bytes = randomBytes(1000);
      const ref = await store.put(bytes, 'arrow');
      await bucket.write(objectPath(ref.sha256), bytes.subarray(1));
      expect(await defectsOf(store)).toMatchObject([
        { defect: 'corrupt', sha256: ref.sha256, found: { bytes: 999 } },
      ]);
      await expect(store.get(ref)).rejects.toBeInstanceOf(CorruptObject);
      await expect(store.get(ref)).rejects.toBeInstanceOf(MissingObject);
      expect(await bucket.list('quarantine/')).toHaveLength(1);
      await store.put(bytes, 'arrow');
      expect(Buffer.compare(await store.get(ref), bytes)).toBe(0);
    });

    test('lists more pointers than one answer of the service holds', async () => {
      const store = s3Store(location());
      const names = Array.from({ length: 1100 }, (_, i) => `cells/${String(i).padStart(4, '0')}`);
      for (let i = 0; i < names.length; i += 50) {
        await Promise.all(names.slice(i, i + 50).map((name) => store.writePointer(name, i)));
      }
      expect(await store.listPointers('cells/')).toEqual(names);
    });

    test('a bucket that does not exist is a storage failure that says so', async () => {
      const written = s3Store({ ...location(), bucket: 'elsewhere' }).put(Buffer.from('x'), 'json');
      await expect(written).rejects.toBeInstanceOf(StorageFailure);
      await expect(written).rejects.toThrow(/elsewhere.*failed \(404.*check that the bucket exists/);
    });
  },
);

describe('an S3 store that cannot work', () => {
  test('says that the service does not answer', async () => {
    const store = s3Store({ endpoint: await closedPort(), bucket: 'b', prefix: '', send: fetch });
    await expect(store.has('a'.repeat(64))).rejects.toMatchObject({
      name: 'StorageFailure',
      code: 'unreachable',
    });
  });

  test('passes on the service’s own words, and what to do', async () => {
    const server = createServer((_, response) => {
      response.statusCode = 403;
      response.end('<Error><Code>AccessDenied</Code><Message>Not &quot;you&quot;</Message></Error>');
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const store = s3Store({ endpoint: urlOf(server.address()), bucket: 'b', prefix: 'p', send: fetch });
    await expect(store.get({ sha256: 'a'.repeat(64) })).rejects.toMatchObject({
      code: 'AccessDenied',
      message: expect.stringMatching(
        /GET .*\/b\/p\/objects\/aa\/a{64} failed \(403 Not "you"\): check the credentials/,
      ),
    });
  });
});

/** A place of its own in the running service for each test. */
function location(): S3Location {
  return { endpoint: service?.endpoint ?? '', bucket: BUCKET, prefix: `tests/${randomUUID()}`, send };
}

// moto wants to see a signature but does not check it, and fails for the moment when one key is written by many at once.
async function send(url: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set(
    'authorization',
    'AWS4-HMAC-SHA256 Credential=any/20250101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0',
  );
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(url, { ...init, headers });
    if (response.status < 500 || attempt === 10) return response;
    await sleep(20 * attempt);
  }
}

async function startService(): Promise<{ endpoint: string; process: ChildProcess }> {
  const python = await pythonWith('requirements-s3.txt');
  const endpoint = await closedPort();
  const port = new URL(endpoint).port;
  const process = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', port], { stdio: 'ignore' });
  for (let attempt = 0; ; attempt++) {
    const created = await fetch(`${endpoint}/${BUCKET}`, { method: 'PUT' }).catch(() => undefined);
    if (created?.ok) return { endpoint, process };
    if (attempt > 300 || process.exitCode !== null) throw new Error(`moto did not start on port ${port}`);
    await sleep(100);
  }
}

async function closedPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = urlOf(server.address());
  server.close();
  await once(server, 'close');
  return url;
}

function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}`;
}
