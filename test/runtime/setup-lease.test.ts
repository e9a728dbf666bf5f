import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';

// plain JavaScript: set-up runs before any package, a type checker included, is there
const lease = new URL('../../runtime/setup/lease.mjs', import.meta.url).href;
const command = new URL('../../runtime/setup/command.mjs', import.meta.url).href;
const { withLease } = await import(lease);
const { withStaging, publish } = await import(
  new URL('../../runtime/setup/staging.mjs', import.meta.url).href
);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crossover-lease-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('only one holds a lease at a time, and all get their turn', async () => {
  let holders = 0;
  let most = 0;
  const work = async () => {
    holders += 1;
    most = Math.max(most, holders);
    await sleep(20);
    holders -= 1;
    return 1;
  };
  const turns: number[] = await Promise.all(
    Array.from({ length: 5 }, () => withLease(join(folder, 'a'), work)),
  );
  expect(turns.length).toBe(5);
  expect(most).toBe(1);
});

test('the lease is given back when the work fails', async () => {
  const fail = async () => {
    throw new Error('broken work');
  };
  await expect(withLease(join(folder, 'a'), fail)).rejects.toThrow('broken work');
  expect(await readdir(folder)).toEqual([]);
});

test('the lease of a killed process is taken over at once', async () => {
  await killedHolder();
  const began = performance.now();
  expect(await withLease(join(folder, 'a'), async () => 'mine')).toBe('mine');
  expect(performance.now() - began).toBeLessThan(5_000);
});

test('the lease of a silent holder on another machine is taken over once it is too old', async () => {
  const path = join(folder, 'a');
  await writeFile(path, JSON.stringify({ token: 'theirs', pid: 1, host: 'elsewhere' }));
  const silentSince = new Date(Date.now() - 13_000); // of the 15 seconds after which it counts as gone
  await utimes(path, silentSince, silentSince);
  const waited: string[] = [];
  const onWait = ({ host }: { host: string }) => waited.push(host);
  const began = performance.now();
  await withLease(path, async () => {}, { onWait });
  expect(waited[0]).toBe('elsewhere');
  expect(performance.now() - began).toBeGreaterThan(1_000);
});

test('waiting for a lease ends with the abort', async () => {
  const abort = new AbortController();
  const held = withLease(join(folder, 'a'), () => sleep(1_000));
  await sleep(50);
  const waiting = withLease(join(folder, 'a'), async () => {}, { signal: abort.signal });
  abort.abort();
  await expect(waiting).rejects.toThrow(/abort/);
  await held;
});

test('the staging folder of a killed process is swept, that of a live one stays', async () => {
  const staging = join(folder, 'staging');
  const dead = join(staging, `${hostname()}~999999999~dead`);
  const live = join(staging, `${hostname()}~${process.pid}~live`);
  await Promise.all([dead, live].map((path) => mkdir(path, { recursive: true })));
  await withStaging(folder, async () => {});
  expect(await readdir(staging)).toEqual([`${hostname()}~${process.pid}~live`]);
});

test('publishing replaces what stood there, and nothing half-made stays when the work fails', async () => {
  const target = join(folder, 'there');
  for (const name of ['first', 'second']) {
    await withStaging(folder, async (staging: string) => {
      await mkdir(join(staging, 'made'));
      await writeFile(join(staging, 'made', name), name);
      await publish(join(staging, 'made'), target, staging);
    });
  }
  const failing = withStaging(folder, async (staging: string) => {
    await writeFile(join(staging, 'half'), 'x');
    throw new Error('disk on fire');
  });
  await expect(failing).rejects.toThrow('disk on fire');
  expect(await readdir(target)).toEqual(['second']);
  expect(await readdir(join(folder, 'staging'))).toEqual([]);
});

test('a program that was started by a killed process ends with it', async () => {
  const beats = join(folder, 'beats');
  const code = `await runCommand('sh', ['-c', 'while :; do echo beat >> "$1"; sleep 0.05; done', 'sh', ${JSON.stringify(beats)}]);`;
  await killedProcess(`import { runCommand } from ${JSON.stringify(command)}; ${code}`, 'beats');
  await expect.poll(() => growsWithin(beats, 300), { timeout: 10_000 }).toBe(false);
});

async function growsWithin(path: string, milliseconds: number): Promise<boolean> {
  const { size } = await stat(path);
  await sleep(milliseconds);
  return (await stat(path)).size > size;
}

function killedHolder(): Promise<void> {
  const code = `await withLease(${JSON.stringify(join(folder, 'a'))}, () => new Promise(() => setInterval(() => {}, 1000)));`;
  return killedProcess(`import { withLease } from ${JSON.stringify(lease)}; ${code}`, 'a');
}

/** Runs `script` in a process of its own and kills it once the file `sign` is there. */
async function killedProcess(script: string, sign: string): Promise<void> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  while (!(await readdir(folder)).includes(sign)) await sleep(20);
  child.kill('SIGKILL');
  await once(child, 'exit');
}
