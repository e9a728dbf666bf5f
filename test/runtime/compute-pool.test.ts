import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ComputePool, computePool } from '../../runtime/compute/pool.js';

/** Stands for the compute child: so long it takes to start and to do a job. */
const child = (startMs: number, jobMs: number) => `
setTimeout(() => {
  process.on('message', () =>
    setTimeout(() => process.send({ type: 'done', result: { pid: process.pid }, residentBytes: 0 }), ${jobMs}),
  );
  process.send({ type: 'ready' });
}, ${startMs});
`;

let folder: string;
let pool: ComputePool | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crossover-pool-'));
});
afterEach(() => {
  pool?.close();
  rmSync(folder, { recursive: true });
});

/** Process numbers of the children that did two jobs given at once. */
async function workersOf(times: { startMs: number; jobMs: number }): Promise<number> {
  const module = join(folder, 'child.mjs');
  writeFileSync(module, child(times.startMs, times.jobMs));
  pool = computePool(2, {
    module,
    environment: process.env,
    logFile: join(folder, 'child.log'),
    silenceMs: 60_000,
    memoryBoundBytes: 2 ** 40,
  });
  const job = { kind: 'fit', input: { run: 'r', stage: 'laws', group: {} } } as never;
  const options = { signal: new AbortController().signal, onProgress: () => undefined };
  pool.warm();
  const results = await Promise.all([pool.run(job, options), pool.run(job, options)]);
  return new Set(results.map((result) => (result as unknown as { pid: number }).pid)).size;
}

test('a job waits for a child that is starting, however long, and for short work', async () => {
  expect(await workersOf({ startMs: 1000, jobMs: 20 })).toBe(1);
});

test('it waits from the end of the start, whenever it last looked', async () => {
  // It looks every 0.3 s: most of that has passed when the start is over, and the work takes longer than the rest.
  expect(await workersOf({ startMs: 1000, jobMs: 220 })).toBe(1);
});

test('a second child starts when the first has long work', async () => {
  expect(await workersOf({ startMs: 0, jobMs: 1500 })).toBe(2);
});
