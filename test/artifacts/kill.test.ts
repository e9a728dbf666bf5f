import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { sha256 } from '../../artifacts/canonical-json.js';
import { lookupCell } from '../../artifacts/cells.js';
import { folderStore } from '../../artifacts/folder-store.js';
import { ArtifactRef } from '../../schemas/artifact.js';
import { compiledArtifacts } from './compiled.js';
import { defectsOf } from './store-laws.js';
import { temporaryFolder } from './temporary-folder.js';

const KILLS = 8;
// Each kill starts Node anew, which takes seconds on a busy machine.
const TIMEOUT_MS = 240_000;
let compiled: Awaited<ReturnType<typeof compiledArtifacts>> | undefined;

beforeAll(async () => {
  compiled = await compiledArtifacts();
});
afterAll(() => compiled?.remove());

test('writers killed at any moment leave every acknowledged object whole, and no object half', {
  timeout: TIMEOUT_MS,
}, async () => {
  const root = await temporaryFolder();
  const store = folderStore(root);
  for (let kill = 0; kill < KILLS; kill++) {
    const writers = [writer('objects', root), writer('objects', root)];
    await Promise.all(writers.map(({ firstLine }) => firstLine));
    await sleep(kill * 9);
    const acknowledged = (await Promise.all(writers.map(killed))).flat();
    expect(acknowledged.length).toBeGreaterThanOrEqual(2);
    for (const digest of acknowledged) expect((await store.get({ sha256: digest })).length).toBe(1_500_000);
    const latest = await store.readPointer('latest');
    const ref = ArtifactRef.parse(Object(latest).ref);
    expect((await store.get(ref)).length).toBe(ref.bytes);
  }
  expect(await defectsOf(store)).toEqual([]);
});

test('a run’s folder that has a manifest has all of its files, whenever its publisher is killed', {
  timeout: TIMEOUT_MS,
}, async () => {
  const runs = await temporaryFolder();
  for (let kill = 0; kill < KILLS; kill++) {
    const publisher = writer('run', runs);
    await publisher.firstLine;
    await sleep(kill * 7);
    await killed(publisher);
    const folder = join(runs, 'study');
    if (!(await readdir(folder)).includes('manifest.json')) continue;
    const manifest: Record<string, string> = JSON.parse(
      await readFile(join(folder, 'manifest.json'), 'utf8'),
    );
    for (const [name, digest] of Object.entries(manifest))
      expect(sha256(await readFile(join(folder, name)))).toBe(digest);
  }
});

test('four processes that save one cell at the same time end with one valid cell', {
  timeout: TIMEOUT_MS,
}, async () => {
  const root = await temporaryFolder();
  const store = folderStore(root);
  const writers = Array.from({ length: 4 }, () => writer('cell', root));
  const keys = await Promise.all(writers.map(({ firstLine }) => firstLine));
  await Promise.all(writers.map(({ ended }) => ended));
  expect(new Set(keys).size).toBe(1);
  const facts = { kind: 'steer', code: '1', parameters: {}, inputs: {}, seed: 0, numerics: {} };
  const lookup = await lookupCell(store, facts, { stage: 'vector', model: 'm', task: 't', n: 1, seed: 0 });
  expect(lookup).toMatchObject({ hit: true, key: keys[0] });
  expect(await defectsOf(store)).toEqual([]);
  expect(await store.listPointers('cells/')).toEqual([`cells/${keys[0]}`]);
});

interface Writer {
  process: ChildProcess;
  lines: string[];
  firstLine: Promise<string>;
  ended: Promise<unknown>;
}

function writer(task: string, folder: string): Writer {
  const script = fileURLToPath(new URL('writer.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, compiled?.folder ?? '', task, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const ended = Promise.all([once(child, 'exit'), once(reader, 'close')]);
  const firstLine = Promise.race([
    once(reader, 'line').then(([line]) => String(line)),
    ended.then(() => lines[0] ?? 'nothing'),
  ]);
  return { process: child, lines, firstLine, ended };
}

/** Kills without a chance to clean up; returns the lines that were printed whole. */
async function killed({ process: child, lines, ended }: Writer): Promise<string[]> {
  child.kill('SIGKILL');
  await ended;
  return lines;
}
