import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../artifacts/canonical-json.js';
import type { Store } from '../../artifacts/store.js';
import { MissingObject } from '../../artifacts/store-errors.js';

const NOWHERE = 'ab'.repeat(32);

/** What every store promises; `emptyStore` makes a fresh one for the running test. */
export function storeLaws(kind: string, emptyStore: () => Promise<Store>): void {
  describe(`${kind}: the laws of a store`, () => {
    test.each([0, 1, 65_536, 3_000_001])('gives back the %d bytes that were put', async (length) => {
      const store = await emptyStore();
      const bytes = randomBytes(length);
      const ref = await store.put(bytes, 'arrow');
      expect(ref).toEqual({ sha256: sha256(bytes), bytes: length, kind: 'arrow' });
      expect(Buffer.compare(await store.get(ref), bytes)).toBe(0);
      expect(await store.has(ref.sha256)).toBe(true);
    });

    test('putting the same bytes again changes nothing and gives the same reference', async () => {
      const store = await emptyStore();
      const first = await store.put(Buffer.from('once'), 'json');
      expect(await store.put(Buffer.from('once'), 'json')).toEqual(first);
    });

    test('an object that was never put is missing, and the error names it', async () => {
      const store = await emptyStore();
      expect(await store.has(NOWHERE)).toBe(false);
      const error: unknown = await store.get({ sha256: NOWHERE }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(MissingObject);
      expect(String(error)).toContain(NOWHERE);
    });

    test.each(['', 'short', '../../etc/passwd', NOWHERE.toUpperCase(), `${NOWHERE}/..`])(
      'refuses "%s" as the name of an object',
      async (name) => {
        const store = await emptyStore();
        await expect(store.get({ sha256: name })).rejects.toThrow(/not the name of an object/);
        await expect(store.has(name)).rejects.toThrow(/not the name of an object/);
        await expect(store.discard({ sha256: name })).rejects.toThrow(/not the name of an object/);
      },
    );

    test('a discarded object is gone, its neighbours stay, and it can be put again', async () => {
      const store = await emptyStore();
      const [one, other] = await Promise.all(
        ['one', 'other'].map((text) => store.put(Buffer.from(text), 'json')),
      );
      if (one === undefined || other === undefined) throw new Error('expected two references');
      await store.discard(one);
      await store.discard(one);
      expect(await store.has(one.sha256)).toBe(false);
      expect(Buffer.from(await store.get(other)).toString()).toBe('other');
      expect(await store.put(Buffer.from('one'), 'json')).toEqual(one);
      expect(await store.has(one.sha256)).toBe(true);
    });

    test('a pointer holds the last value written, and none before', async () => {
      const store = await emptyStore();
      expect(await store.readPointer('runs/first')).toBeUndefined();
      await store.writePointer('runs/first', { n: [1, 2], nothing: null });
      expect(await store.readPointer('runs/first')).toEqual({ n: [1, 2], nothing: null });
      await store.writePointer('runs/first', 'second');
      expect(await store.readPointer('runs/first')).toBe('second');
    });

    test('null is a value that a pointer can hold', async () => {
      const store = await emptyStore();
      await store.writePointer('nothing', null);
      expect(await store.readPointer('nothing')).toBeNull();
    });

    test('pointers are listed by prefix, sorted, at any depth', async () => {
      const store = await emptyStore();
      for (const name of ['cells/b', 'cells/a/x', 'cells/a', 'cellar', 'other/cells'])
        await store.writePointer(name, 1);
      expect(await store.listPointers('cells/')).toEqual(['cells/a', 'cells/a/x', 'cells/b']);
      expect(await store.listPointers('cells/a')).toEqual(['cells/a', 'cells/a/x']);
      expect(await store.listPointers('cell')).toEqual(['cellar', 'cells/a', 'cells/a/x', 'cells/b']);
      expect(await store.listPointers('')).toHaveLength(5);
      expect(await store.listPointers('none/')).toEqual([]);
    });

    test.each([
      '',
      '..',
      '../x',
      'a/../b',
      '/a',
      'a/',
      'a//b',
      'A',
      'a b',
      'a\\b',
      '.hidden',
      'x.json',
      `${'a'.repeat(65)}`,
      'a\0b',
    ])('refuses %j as the name of a pointer', async (name) => {
      const store = await emptyStore();
      await expect(store.writePointer(name, 1)).rejects.toThrow(/cannot name a pointer/);
      await expect(store.readPointer(name)).rejects.toThrow(/cannot name a pointer/);
    });

    test('a pointer cannot hold what JSON cannot', async () => {
      const store = await emptyStore();
      await expect(store.writePointer('loss', { loss: Number.NaN })).rejects.toThrow(/found NaN at "loss"/);
      expect(await store.readPointer('loss')).toBeUndefined();
    });

    test('twenty writers of the same bytes and of one pointer leave one of each, whole', async () => {
      const store = await emptyStore();
      const bytes = randomBytes(200_000);
      const writers = Array.from({ length: 20 }, async (_, writer) => {
        const ref = await store.put(bytes, 'parquet');
        await store.writePointer('result', { writer, ref });
        return ref;
      });
      expect(new Set((await Promise.all(writers)).map((ref) => ref.sha256)).size).toBe(1);
      expect(await store.readPointer('result')).toMatchObject({ ref: { sha256: sha256(bytes) } });
      expect(await defectsOf(store)).toEqual([]);
    });

    test('verify follows references through manifests and names what leads nowhere', async () => {
      const store = await emptyStore();
      const items = await store.put(Buffer.from('items'), 'parquet');
      const lost = { sha256: NOWHERE, bytes: 5, kind: 'parquet' };
      const manifest = await store.put(Buffer.from(JSON.stringify({ items, lost })), 'json');
      await store.writePointer('runs/one', { manifest });
      expect(await defectsOf(store)).toEqual([
        { defect: 'missing', sha256: NOWHERE, referrer: `object ${manifest.sha256}` },
      ]);
    });
  });
}

export async function defectsOf(store: Store): Promise<unknown[]> {
  const defects: unknown[] = [];
  for await (const defect of store.verify()) defects.push(defect);
  return defects;
}
