import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchDataFile } from '../../models/sources/data-file.js';
import { type HubStandIn, startHubStandIn } from './hub-stand-in.js';

const COMMIT = 'fedcba9876543210fedcba9876543210fedcba98';
const rows = Buffer.from('{"question":"q"}\n'.repeat(5000));
let cacheFolder: string;
beforeEach(() => {
  cacheFolder = mkdtempSync(join(tmpdir(), 'crossover-data-'));
});
afterEach(() => rmSync(cacheFolder, { recursive: true }));

describe('a file of a data set on the hub', () => {
  const file = {
    hub: 'owner/questions',
    revision: 'refs/convert/parquet',
    path: 'default/train/0000.parquet',
  };
  const standIn = (token?: string) =>
    startHubStandIn({
      kind: 'datasets',
      repository: file.hub,
      commit: COMMIT,
      branch: file.revision,
      files: new Map([[file.path, rows]]),
      ...(token === undefined ? {} : { token }),
    });
  let hub: HubStandIn;
  beforeEach(async () => {
    hub = await standIn();
  });
  afterEach(() => hub[Symbol.asyncDispose]());
  const fetched = (wanted = file, more: { endpoint?: string; token?: string } = {}) =>
    fetchDataFile(wanted, { cacheFolder, hub: { endpoint: hub.endpoint, ...more } });

  it('lies in the cache under its commit, is fetched once, and by its commit needs no hub', async () => {
    const path = await fetched();
    expect(path).toBe(join(cacheFolder, 'data/hub/owner--questions', COMMIT, file.path));
    expect(readFileSync(path).equals(rows)).toBe(true);
    expect(await fetched()).toBe(path);
    expect(hub.served).toEqual([file.path]);
    expect(await fetched({ ...file, revision: COMMIT }, { endpoint: 'http://127.0.0.1:1' })).toBe(path);
    await expect(fetched(file, { endpoint: 'http://127.0.0.1:1' })).rejects.toThrow(
      `already here: revision ${COMMIT}`,
    );
  });

  it('is gone on with after a broken connection', async () => {
    hub.breakOff(file.path, 50_000);
    await expect(fetched()).rejects.toThrow(/Data set owner\/questions@refs\/convert\/parquet at http:/);
    const before = hub.bytesSent();
    const path = await fetched();
    expect(readFileSync(path).equals(rows)).toBe(true);
    expect(hub.bytesSent() - before).toBeLessThan(rows.length);
  });

  it('is refused when other bytes arrive than the hub states', async () => {
    hub.sendInstead(file.path, Buffer.alloc(rows.length));
    await expect(fetched()).rejects.toThrow(/the bytes hash to [0-9a-f]{64}, the hub states [0-9a-f]{64}/);
  });

  it('that is not there, or needs a token, says so', async () => {
    await expect(fetched({ ...file, path: 'default/none.parquet' })).rejects.toThrow(
      'it has no file default/none.parquet',
    );
    await expect(fetched({ ...file, hub: 'owner/others' })).rejects.toThrow('not found; check owner, name');
    await using gated = await standIn('hf_secret');
    await expect(fetched(file, { endpoint: gated.endpoint })).rejects.toThrow('set HF_TOKEN');
    await expect(fetched(file, { endpoint: gated.endpoint, token: 'hf_secret' })).resolves.toContain(COMMIT);
  });
});

describe('a file at an address', () => {
  const sha256 = createHash('sha256').update(rows).digest('hex');
  /** Serves the rows; the first answer breaks off, and ranges are known or not. */
  async function server({
    ranges,
  }: {
    ranges: boolean;
  }): Promise<{ url: string; server: Server; asked: string[] }> {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.headers.range ?? 'all');
      const from = ranges ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
      response.writeHead(from > 0 ? 206 : 200, { 'Content-Length': rows.length - from });
      if (asked.length > 1) response.end(rows.subarray(from));
      else response.write(rows.subarray(0, 40_000), () => setTimeout(() => response.destroy(), 100));
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    return { url: `http://127.0.0.1:${address.port}/rows.jsonl`, server, asked };
  }
  const folders = () => ({ cacheFolder, hub: { endpoint: 'http://127.0.0.1:1' } });

  it.each([true, false])('is gone on with where it broke off; ranges known: %s', async (ranges) => {
    const { url, server: own, asked } = await server({ ranges });
    try {
      await expect(fetchDataFile({ url, sha256 }, folders())).rejects.toThrow();
      const path = await fetchDataFile({ url, sha256 }, folders());
      expect(readFileSync(path).equals(rows)).toBe(true);
      expect(asked[1]).toMatch(/^bytes=\d+-$/);
      expect(asked.length).toBe(ranges ? 2 : 3);
      expect(await fetchDataFile({ url: 'http://127.0.0.1:1/rows.jsonl', sha256 }, folders())).toBe(path);
    } finally {
      own.closeAllConnections();
      own.close();
    }
  });

  it('with another hash is refused', async () => {
    const { url, server: own } = await server({ ranges: true });
    const other = '0'.repeat(64);
    try {
      await expect(fetchDataFile({ url, sha256: other }, folders())).rejects.toThrow();
      await expect(fetchDataFile({ url, sha256: other }, folders())).rejects.toThrow(
        `the bytes hash to ${sha256}, the task file states ${other}`,
      );
    } finally {
      own.closeAllConnections();
      own.close();
    }
  });
});
