// A process that writes until it is killed: node writer.mjs <compiled artifacts> <task> <folder>. It prints what it has finished.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const [compiled, task, folder] = process.argv.slice(2);
const { folderStore } = await import(`${compiled}/artifacts/folder-store.js`);
const { saveCell } = await import(`${compiled}/artifacts/cells.js`);
const { publishRun } = await import(`${compiled}/artifacts/run-folder.js`);

const tasks = {
  /** Objects of 1.5 MB, each with a pointer to the latest. */
  async objects() {
    const store = folderStore(folder);
    for (let i = 0; ; i++) {
      const ref = await store.put(noise(`${process.pid} ${i}`, 1_500_000), 'arrow');
      await store.writePointer('latest', { i, ref });
      console.log(ref.sha256);
    }
  },

  /** Always the same cell, each time with other items. */
  async cell() {
    const store = folderStore(folder);
    const facts = { kind: 'steer', code: '1', parameters: {}, inputs: {}, seed: 0, numerics: {} };
    const address = { stage: 'vector', model: 'm', task: 't', n: 1, seed: 0 };
    for (let i = 0; i < 30; i++) {
      const items = await store.put(noise(`${process.pid} ${i}`, 50_000), 'parquet');
      const { key } = await saveCell(store, facts, { address, manifest: { items, writer: process.pid } });
      if (i === 0) console.log(key);
    }
  },

  /** One run, published again and again with other content. */
  async run() {
    for (let i = 0; ; i++) {
      const [cells, items] = [noise(`cells ${i}`, 400_000), noise(`items ${i}`, 400_000)];
      const manifest = Buffer.from(
        JSON.stringify({ 'cells.parquet': sha256(cells), 'items.parquet': sha256(items) }),
      );
      await publishRun(folder, 'study', {
        'manifest.json': manifest,
        'cells.parquet': cells,
        'items.parquet': items,
      });
      console.log(i);
      await sleep(1);
    }
  },
};

await tasks[task]();

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

function noise(seed, length) {
  return createHash('shake256', { outputLength: length }).update(seed).digest();
}
