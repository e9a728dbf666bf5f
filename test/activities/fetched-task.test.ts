import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadTask } from '../../evaluation/tasks/load-task.js';
import { fetchDataFile } from '../../models/sources/data-file.js';

const lines = Array.from({ length: 4000 }, (_, index) =>
  JSON.stringify({ prompt: `What is ${index} and one?`, options: [`${index + 1}`, `${index}`], label: 0 }),
);
const rows = Buffer.from(`${lines.join('\n')}\n`);
const sha256 = createHash('sha256').update(rows).digest('hex');

let folder: string;
let stop: () => void = () => undefined;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'crossover-fetched-'));
});
afterEach(() => {
  stop();
  rmSync(folder, { recursive: true });
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Serves one answer after the other, the last again and again. @returns the address of the rows */
async function serving(...answers: Answer[]): Promise<string> {
  let asked = 0;
  const server = createServer((request, response) => {
    answers[Math.min(asked, answers.length - 1)]?.(request, response);
    asked += 1;
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  stop = () => {
    server.closeAllConnections();
    server.close();
  };
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}/rows.jsonl`;
}

const breaking: Answer = (_request, response) => {
  response.writeHead(200, { 'Content-Length': rows.length });
  response.write(rows.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 100));
};

const going: Answer = (request, response) => {
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(from > 0 ? 206 : 200, { 'Content-Length': rows.length - from });
  response.end(rows.subarray(from));
};

/** Loads a task whose rows are at this address. */
function loaded(url: string, stated = sha256) {
  const file = path.join(folder, 'sums.yaml');
  writeFileSync(
    file,
    `name: sums\ntype: reasoning\nsource: { from: rows, pool: { url: '${url}', sha256: '${stated}' } }\n`,
  );
  const hub = { endpoint: 'http://127.0.0.1:1' };
  const fetchFile = (wanted: Parameters<typeof fetchDataFile>[0]) =>
    fetchDataFile(wanted, { cacheFolder: folder, hub });
  return loadTask(file, { root: folder, cache: folder, fetchFile });
}

/** What lies in the cache of these bytes. */
function kept(stated = sha256): string[] {
  const target = path.join(folder, 'data', 'url', stated);
  return existsSync(target) ? readdirSync(target) : [];
}

it('a download that breaks names the task file, how far it came, and what to do; the next one goes on', async () => {
  const url = await serving(breaking, going);
  await expect(loaded(url)).rejects.toThrow(
    new RegExp(
      `sums\\.yaml: ${url}: the connection broke \\(terminated: .+\\) after \\d+ bytes; what is there is kept, and the next attempt goes on from it`,
    ),
  );
  expect(kept()).toEqual(['rows.jsonl.partial']);
  const task = await loaded(url);
  expect(task.items.train.length + task.items.test.length).toBe(lines.length);
  expect(kept()).toEqual(['rows.jsonl']);
});

it('a task of a download that broke is the one of an undisturbed download', async () => {
  const broken = await serving(breaking, going);
  await expect(loaded(broken)).rejects.toThrow('the connection broke');
  const { digest } = await loaded(broken);
  stop();
  rmSync(path.join(folder, 'data'), { recursive: true });
  expect((await loaded(await serving(going))).digest).toBe(digest);
});

it('other bytes than the task file states are an error with both hashes, and nothing of them stays', async () => {
  const other = '0'.repeat(64);
  await expect(loaded(await serving(going), other)).rejects.toThrow(
    `the bytes hash to ${sha256}, the task file states ${other}; nothing of them is kept; check the address`,
  );
  expect(kept(other)).toEqual([]);
});

it('a file that was changed between two attempts is fetched whole', async () => {
  const stale = Buffer.alloc(rows.length, 'x');
  const url = await serving((_request, response) => {
    response.writeHead(200, { 'Content-Length': stale.length });
    response.write(stale.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 100));
  }, going);
  await expect(loaded(url)).rejects.toThrow('the connection broke');
  expect((await loaded(url)).items.test.length).toBeGreaterThan(0);
});

it.each([
  [404, 'the server answers 404 Not Found; check the address'],
  [503, 'the server answers 503 Service Unavailable; try again later'],
])('an answer of %i is an error that says what to do', async (status, message) => {
  const url = await serving((_request, response) => {
    response.writeHead(status).end();
  });
  await expect(loaded(url)).rejects.toThrow(`sums.yaml: ${url}: ${message}`);
  expect(kept()).toEqual([]);
});

it('a server that cannot be reached is an error that says so', async () => {
  const url = await serving(going);
  stop();
  await expect(loaded(url)).rejects.toThrow(/fetch failed: .*; check the connection and try again/);
});

it('a disk that takes no more is told from a broken connection', async () => {
  const url = await serving(going);
  writeFileSync(path.join(folder, 'data'), 'a file where a folder should be');
  await expect(loaded(url)).rejects.toThrow(/sums\.yaml: .*(EEXIST|ENOTDIR)/);
});
