import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { preflight } from '../../activities/preflight.js';
import { openBucket } from '../../artifacts/s3-bucket.js';
import { StorageFailure } from '../../artifacts/store-errors.js';
import { loadTask } from '../../evaluation/tasks/load-task.js';
import { fetchDataFile } from '../../models/sources/data-file.js';
import { openCheckpoint } from '../../runtime/open-checkpoint.js';
import { InvalidInput } from '../../schemas/invalid-input.js';
import { Pipeline } from '../../schemas/pipeline.js';
import { isRetryable } from '../../schemas/retryable.js';
import { freePorts } from './study-folder.js';

const root = resolve(import.meta.dirname, '../..');
/** Nothing listens there. */
const AWAY = `http://127.0.0.1:${(await freePorts(1))[0]}`;

let cacheFolder: string;
let ending: (() => void)[];
beforeEach(() => {
  cacheFolder = mkdtempSync(join(tmpdir(), 'crossover-retryable-'));
  ending = [() => rmSync(cacheFolder, { recursive: true })];
});
afterEach(() => {
  for (const end of ending) end();
});

async function serving(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  ending.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering = (status: number) => serving((_, response) => response.writeHead(status).end());

/** A body that ends before its stated length. */
const breakingOff = () =>
  serving((_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('a'.repeat(10), () => response.destroy());
  });

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.fail('it succeeded'),
    (error: unknown) => error,
  );

describe('what may pass is tried again', () => {
  const read = (endpoint: string) =>
    failureOf(openBucket({ endpoint, bucket: 'b', prefix: '', send: fetch }).read('objects/x'));

  it('a store that is away, has trouble or breaks off, but not one that refuses', async () => {
    const failures = [AWAY, await answering(503), await breakingOff(), await answering(403)];
    const errors = await Promise.all(failures.map(read));
    for (const error of errors) expect(error).toBeInstanceOf(StorageFailure);
    expect(errors.map(isRetryable)).toEqual([true, true, true, false]);
    expect(String(errors[2])).toMatch(/GET http.*objects\/x: its answer broke off/);
  });

  it('an address that is away, has trouble or breaks off, but not one that is wrong', async () => {
    const fetched = (endpoint: string) =>
      failureOf(
        fetchDataFile(
          { url: `${endpoint}/rows.jsonl`, sha256: '0'.repeat(64) },
          { cacheFolder, hub: { endpoint } },
        ),
      );
    const errors: unknown[] = [];
    for (const endpoint of [AWAY, await answering(503), await breakingOff(), await answering(404)])
      errors.push(await fetched(endpoint));
    expect(errors.map(isRetryable)).toEqual([true, true, true, false]);
  });

  it('a model on a hub that is away, but not one that the hub does not have', async () => {
    const opened = async (endpoint: string) =>
      failureOf(
        openCheckpoint('owner/name', {
          cacheFolder,
          dataFolder: join(root, 'data'),
          hub: { endpoint },
        }),
      );
    const [away, unknown] = [await opened(AWAY), await opened(await answering(404))];
    expect(away).not.toBeInstanceOf(InvalidInput);
    expect(isRetryable(away)).toBe(true);
    expect(unknown).toBeInstanceOf(InvalidInput);
  });

  it('the check of a pipeline whose task is on a hub that is away', async () => {
    const pipeline = Pipeline.parse({
      name: 'away',
      models: ['smollm2-135m-instruct'],
      tasks: ['arc-easy'],
      stages: {
        sample: { stage: 'sample', budgets: [1], seeds: 1, validation: 4, test: 4 },
        baseline: { stage: 'baseline', data: 'sample' },
      },
    });
    const nothing = () => expect.fail('asked for');
    const checked = await failureOf(
      preflight(pipeline, {
        loadTask: (name) =>
          loadTask(name, {
            root,
            cache: cacheFolder,
            from: root,
            fetchFile: (file) => fetchDataFile(file, { cacheFolder, hub: { endpoint: AWAY } }),
          }),
        loadCorpus: nothing,
        loadText: async () => undefined,
        loadClaims: nothing,
        findModel: async () => undefined,
      }),
    );
    expect(isRetryable(checked)).toBe(true);
    expect(String(checked)).toContain('arc-easy.yaml');
  });
});
