import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderStore } from '../../artifacts/folder-store.js';
import {
  CorruptObject,
  CorruptPointer,
  MissingObject,
  StorageFailure,
} from '../../artifacts/store-errors.js';
import { defectsOf, storeLaws } from './store-laws.js';
import { temporaryFolder } from './temporary-folder.js';

storeLaws('folder store', async () => folderStore(await temporaryFolder()));

describe('a damaged object', () => {
  const damages: [string, (path: string) => Promise<unknown>][] = [
    ['one bit flipped', async (path) => writeFile(path, flipped(await readFile(path)))],
    ['truncated', (path) => truncate(path, 500)],
    ['zero bytes long', (path) => truncate(path, 0)],
    ['overwritten with zeros', (path) => writeFile(path, Buffer.alloc(1000))],
    [
      'one byte too long',
      async (path) => writeFile(path, Buffer.concat([await readFile(path), Buffer.alloc(1)])),
    ],
  ];

  test.each(damages)(
    '(%s) is reported once, goes to quarantine, then counts as missing',
    async (_, damage) => {
      const root = await temporaryFolder();
      const store = folderStore(root);
      const bytes = randomBytes(1000);
      const ref = await store.put(bytes, 'arrow');
      await damage(objectFile(root, ref.sha256));

      expect(await defectsOf(store)).toMatchObject([{ defect: 'corrupt', sha256: ref.sha256 }]);
      const error: unknown = await store.get(ref).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(CorruptObject);
      expect(String(error)).toContain(ref.sha256);
      expect(await readdir(join(root, 'quarantine'))).toHaveLength(1);
      expect(await store.has(ref.sha256)).toBe(false);
      await expect(store.get(ref)).rejects.toBeInstanceOf(MissingObject);
      expect(await defectsOf(store)).toEqual([]);

      await store.put(bytes, 'arrow');
      expect(Buffer.compare(await store.get(ref), bytes)).toBe(0);
    },
  );

  test('of another size is replaced when the same bytes are put again', async () => {
    const root = await temporaryFolder();
    const store = folderStore(root);
    const ref = await store.put(Buffer.from('content'), 'json');
    await truncate(objectFile(root, ref.sha256), 3);
    await store.put(Buffer.from('content'), 'json');
    expect(Buffer.from(await store.get(ref)).toString()).toBe('content');
  });

  test('is moved away once when many readers meet it at the same time', async () => {
    const root = await temporaryFolder();
    const store = folderStore(root);
    const ref = await store.put(randomBytes(1000), 'arrow');
    await truncate(objectFile(root, ref.sha256), 10);
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => store.get(ref)));
    const reasons = results.map((result) => (result.status === 'rejected' ? result.reason : result.value));
    expect(reasons.filter((reason) => reason instanceof CorruptObject)).toHaveLength(1);
    expect(reasons.filter((reason) => reason instanceof MissingObject)).toHaveLength(7);
  });
});

describe('pointers in a folder', () => {
  test('one that holds no JSON is an error that names it, until it is written again', async () => {
    const root = await temporaryFolder();
    const store = folderStore(root);
    await store.writePointer('runs/a', 1);
    await truncate(join(root, 'pointers/runs/a.json'), 0);
    await expect(store.readPointer('runs/a')).rejects.toBeInstanceOf(CorruptPointer);
    expect(await defectsOf(store)).toMatchObject([{ defect: 'unreadable', pointer: 'runs/a' }]);
    await store.writePointer('runs/a', 2);
    expect(await store.readPointer('runs/a')).toBe(2);
  });

  test('symbolic links inside the store are refused, both to read and to write', async () => {
    const root = await temporaryFolder();
    const elsewhere = await temporaryFolder();
    const store = folderStore(root);
    await writeFile(join(elsewhere, 'secret.json'), '"secret"');
    await mkdir(join(root, 'pointers'));
    await symlink(elsewhere, join(root, 'pointers', 'linked'));
    await symlink(join(elsewhere, 'secret.json'), join(root, 'pointers', 'file.json'));
    for (const name of ['linked/secret', 'file']) {
      await expect(store.readPointer(name)).rejects.toThrow(/is a symbolic link/);
      await expect(store.writePointer(name, 1)).rejects.toThrow(/is a symbolic link/);
    }
    expect(await store.listPointers('')).toEqual([]);
    expect(await readdir(elsewhere)).toEqual(['secret.json']);
  });
});

describe('what a killed writer leaves behind', () => {
  test('is never listed as a pointer, and is reported once it is an hour old', async () => {
    const root = await temporaryFolder();
    const store = folderStore(root);
    await store.writePointer('runs/a', 1);
    await store.put(Buffer.from('x'), 'json');
    const left = join(root, 'pointers/runs/.tmp-1234');
    await writeFile(left, 'half');
    expect(await store.listPointers('')).toEqual(['runs/a']);
    expect(await defectsOf(store)).toEqual([]);
    await utimes(left, new Date(), new Date(Date.now() - 2 * 3_600_000));
    expect(await defectsOf(store)).toEqual([{ defect: 'abandoned', place: left, bytes: 4 }]);
  });
});

test('a place that is not a folder is a storage failure that names it', async () => {
  const root = await temporaryFolder();
  await writeFile(join(root, 'file'), '');
  const store = folderStore(join(root, 'file'));
  const error: unknown = await store.put(Buffer.from('x'), 'json').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StorageFailure);
  expect(String(error)).toContain(join(root, 'file'));
});

function objectFile(root: string, sha256: string): string {
  return join(root, 'objects', sha256.slice(0, 2), sha256);
}

function flipped(bytes: Buffer): Buffer {
  const damaged = Buffer.from(bytes);
  damaged[500] = (damaged[500] ?? 0) ^ 1;
  return damaged;
}
