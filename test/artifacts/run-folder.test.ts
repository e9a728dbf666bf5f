import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publishRun } from '../../artifacts/run-folder.js';
import { temporaryFolder } from './temporary-folder.js';

const files = {
  'manifest.json': Buffer.from('{"cells":"1"}'),
  'cells.parquet': Buffer.from('cells'),
  'report.html': Buffer.from('<p>'),
};

test('a run’s folder holds exactly the files, and nothing unfinished', async () => {
  const runs = await temporaryFolder();
  const folder = await publishRun(join(runs, 'runs'), 'quickstart', files);
  expect(folder).toBe(join(runs, 'runs', 'quickstart'));
  expect((await readdir(folder)).sort()).toEqual(['cells.parquet', 'manifest.json', 'report.html']);
  expect(await readFile(join(folder, 'cells.parquet'), 'utf8')).toBe('cells');
});

test('publishing the same run again leaves every file alone', async () => {
  const runs = await temporaryFolder();
  const folder = await publishRun(runs, 'quickstart', files);
  const before = await inodes(folder);
  await publishRun(runs, 'quickstart', files);
  expect(await inodes(folder)).toEqual(before);
});

test('publishing a changed run replaces what changed and keeps a person’s own notes', async () => {
  const runs = await temporaryFolder();
  const folder = await publishRun(runs, 'quickstart', files);
  await writeFile(join(folder, 'notes.txt'), 'mine');
  await publishRun(runs, 'quickstart', { ...files, 'manifest.json': Buffer.from('{"cells":"2"}') });
  expect(await readFile(join(folder, 'manifest.json'), 'utf8')).toBe('{"cells":"2"}');
  expect(await readFile(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
});

test('a run that cannot be finished has no manifest: neither the old one nor the new', async () => {
  const runs = await temporaryFolder();
  const folder = await publishRun(runs, 'quickstart', files);
  // A folder stands where a file has to go, so writing it must fail.
  const blocked = { ...files, 'manifest.json': Buffer.from('{"cells":"2"}'), blocked: Buffer.from('x') };
  await publishRun(folder, 'blocked', files);
  await expect(publishRun(runs, 'quickstart', blocked)).rejects.toThrow(/blocked/);
  expect(await readdir(folder)).not.toContain('manifest.json');
});

test('a file may lie in a folder of the run', async () => {
  const folder = await publishRun(await temporaryFolder(), 'quickstart', {
    ...files,
    'figures/curves.csv': Buffer.from('n\n'),
  });
  expect(await readFile(join(folder, 'figures', 'curves.csv'), 'utf8')).toBe('n\n');
});

test.each(['../escape', 'a/../b', '.hidden', '', 'Upper'])('refuses %j as a run or a file', async (name) => {
  const runs = await temporaryFolder();
  await expect(publishRun(runs, name, files)).rejects.toThrow(/cannot name a run/);
  await expect(publishRun(runs, 'ok', { ...files, [name]: Buffer.from('') })).rejects.toThrow(
    /cannot name a file/,
  );
  expect(await readdir(runs)).toEqual([]);
});

test('refuses a run without a manifest', async () => {
  const { 'manifest.json': _, ...others } = files;
  await expect(publishRun(await temporaryFolder(), 'quickstart', others)).rejects.toThrow(
    /no manifest\.json/,
  );
});

async function inodes(folder: string): Promise<Record<string, number>> {
  const names = await readdir(folder);
  const stats = await Promise.all(names.map((name) => stat(join(folder, name))));
  return Object.fromEntries(names.map((name, i) => [name, stats[i]?.ino ?? -1]));
}
