import { randomBytes } from 'node:crypto';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CellAddress, CellFacts } from '../../artifacts/cell-facts.js';
import { lookupCell, saveCell } from '../../artifacts/cells.js';
import { folderStore } from '../../artifacts/folder-store.js';
import type { Store } from '../../artifacts/store.js';
import { MissingObject } from '../../artifacts/store-errors.js';
import type { ArtifactRef } from '../../schemas/artifact.js';
import { defectsOf } from './store-laws.js';
import { temporaryFolder } from './temporary-folder.js';

const address: CellAddress = {
  stage: 'lora',
  model: 'HuggingFaceTB/SmolLM2-135M@main',
  task: 'currencies',
  n: 16,
  seed: 0,
};

const facts: CellFacts = {
  kind: 'finetune',
  code: '1',
  parameters: { rank: 4, targets: ['q_proj', 'v_proj'], search: { learning_rates: [3e-4, 1e-3] } },
  inputs: { model: 'a'.repeat(64), sample: 'b'.repeat(64) },
  seed: 0,
  numerics: { tensorflow: '2.21.0', device: 'cpu' },
};

async function savedCell(): Promise<{ root: string; store: Store; items: ArtifactRef; key: string }> {
  const root = await temporaryFolder();
  const store = folderStore(root);
  const items = await store.put(randomBytes(100), 'parquet');
  const { key } = await saveCell(store, facts, { address, manifest: { items, score: 0.5 } });
  return { root, store, items, key };
}

describe('lookupCell', () => {
  test('misses an empty store, and says that it is the first time', async () => {
    const store = folderStore(await temporaryFolder());
    expect(await lookupCell(store, facts, address)).toMatchObject({ hit: false, reason: 'first time' });
  });

  test('finds what was saved under equal facts, whatever the order of their properties', async () => {
    const { store, items, key } = await savedCell();
    const reordered = Object.fromEntries(Object.entries(facts).reverse()) as CellFacts;
    expect(await lookupCell(store, reordered, address)).toEqual({
      hit: true,
      key,
      manifest: { items, score: 0.5 },
    });
  });

  test('finds it under another address too: a renamed stage computes nothing again', async () => {
    const { store } = await savedCell();
    expect(await lookupCell(store, facts, { ...address, stage: 'renamed' })).toMatchObject({ hit: true });
  });

  test.each<[string, Partial<CellFacts>, string]>([
    ['a parameter', { parameters: { ...facts.parameters, rank: 8 } }, '`rank` changed 4 → 8'],
    [
      'a nested parameter',
      { parameters: { ...facts.parameters, search: { learning_rates: [1e-3] } } },
      '`search.learning_rates` changed [0.0003,0.001] → [0.001]',
    ],
    ['a new parameter', { parameters: { ...facts.parameters, alpha: 16 } }, '`alpha` is new: 16'],
    [
      'a parameter that went',
      { parameters: { rank: 4, targets: ['q_proj', 'v_proj'] } },
      '`search` is gone, was {"learning_rates":[0.0003,0.001]}',
    ],
    [
      'an input',
      { inputs: { ...facts.inputs, sample: 'c'.repeat(64) } },
      'input `sample` changed bbbbbbbb… → cccccccc…',
    ],
    ['the code', { code: '2' }, 'code version changed 1 → 2'],
    [
      'the numerics',
      { numerics: { ...facts.numerics, device: 'gpu' } },
      'numerics `device` changed cpu → gpu',
    ],
    ['zero for a number', { parameters: { ...facts.parameters, rank: 0 } }, '`rank` changed 4 → 0'],
    [
      'many things',
      { kind: 'steer', code: '2', seed: 1, parameters: { ...facts.parameters, rank: 8 } },
      'stage kind changed finetune → steer; code version changed 1 → 2; `rank` changed 4 → 8; and 1 more',
    ],
  ])('explains a miss by %s', async (_, change, reason) => {
    const { store } = await savedCell();
    expect(await lookupCell(store, { ...facts, ...change }, address)).toMatchObject({ hit: false, reason });
  });

  test('compares with the most similar of several earlier cells', async () => {
    const { store, items } = await savedCell();
    const other: CellFacts = { ...facts, code: '0', parameters: { ...facts.parameters, rank: 64 } };
    await saveCell(store, other, { address, manifest: { items } });
    const asked = { ...facts, parameters: { ...facts.parameters, rank: 8 } };
    expect(await lookupCell(store, asked, address)).toMatchObject({ reason: '`rank` changed 4 → 8' });
  });

  test('does not compare with cells of another address', async () => {
    const { store } = await savedCell();
    const lookup = await lookupCell(store, { ...facts, seed: 1 }, { ...address, seed: 1 });
    expect(lookup).toMatchObject({ hit: false, reason: 'first time' });
  });

  test('misses when an artifact of the cell is damaged, says which, and hits again once it is made again', async () => {
    const { root, store, items } = await savedCell();
    await truncate(join(root, 'objects', items.sha256.slice(0, 2), items.sha256), 7);
    const damaged = await lookupCell(store, facts, address);
    expect(damaged).toMatchObject({
      hit: false,
      reason: expect.stringContaining(`object ${items.sha256} is corrupt`),
    });
    const missing = await lookupCell(store, facts, address);
    expect(missing).toMatchObject({
      hit: false,
      reason: expect.stringContaining(`object ${items.sha256} is not in the store`),
    });
    const again = await store.put(randomBytes(100), 'parquet');
    await saveCell(store, facts, { address, manifest: { items: again } });
    expect(await lookupCell(store, facts, address)).toMatchObject({ hit: true, manifest: { items: again } });
  });

  test('misses when the cell’s pointer is damaged, and says so', async () => {
    const { root, store, key } = await savedCell();
    await truncate(join(root, 'pointers/cells', `${key}.json`), 20);
    expect(await lookupCell(store, facts, address)).toMatchObject({
      hit: false,
      reason: expect.stringContaining('does not hold JSON'),
    });
  });

  test('does not believe a pointer whose facts are not those of its name', async () => {
    const { store, items, key } = await savedCell();
    const stranger = { facts: { ...facts, seed: 9 }, address, manifest: items };
    await store.writePointer(`cells/${key}`, stranger);
    expect(await lookupCell(store, facts, address)).toMatchObject({ hit: false });
  });

  test('does not hide a failing storage behind a miss', async () => {
    const { store } = await savedCell();
    const failing: Store = { ...store, readPointer: () => Promise.reject(new Error('network down')) };
    await expect(lookupCell(failing, facts, address)).rejects.toThrow('network down');
  });
});

describe('saveCell', () => {
  test('refuses a manifest that refers to something not stored', async () => {
    const store = folderStore(await temporaryFolder());
    const manifest = { items: { sha256: 'd'.repeat(64), bytes: 3, kind: 'parquet' } };
    await expect(saveCell(store, facts, { address, manifest })).rejects.toBeInstanceOf(MissingObject);
    expect(await store.listPointers('')).toEqual([]);
  });

  test('ten writers of one key leave one of their results, whole', async () => {
    const store = folderStore(await temporaryFolder());
    const writers = Array.from({ length: 10 }, async (_, writer) => {
      const items = await store.put(randomBytes(1000), 'parquet');
      await saveCell(store, facts, { address, manifest: { writer, items } });
      return items;
    });
    const results = await Promise.all(writers);
    const lookup = await lookupCell(store, facts, address);
    expect(lookup.hit).toBe(true);
    expect(results.map((items, writer) => ({ writer, items }))).toContainEqual(lookup.hit && lookup.manifest);
    expect(await defectsOf(store)).toEqual([]);
  });
});
