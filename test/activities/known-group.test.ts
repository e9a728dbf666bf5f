import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Laboratory, laboratory as newLaboratory } from './laboratory.js';

/** A laboratory whose `run` makes vectors. */
async function laboratory(): Promise<Omit<Laboratory, 'run'> & { run: () => ReturnType<Laboratory['run']> }> {
  const { run, ...rest } = await newLaboratory();
  return { ...rest, run: () => run('steer', 'vector') };
}

describe('a group whose cells are all in the store', () => {
  it('is found without opening its model, with the same record', async () => {
    const { run, opened, record } = await laboratory();
    expect(await run()).toMatchObject({ computed: 1, cached: 0, failed: 0 });
    const first = await record('vector');
    expect(await run()).toMatchObject({ computed: 0, cached: 1, failed: 0 });
    expect(opened()).toBe(1);
    const again = await record('vector');
    const found = first.cells.map((cell) => ({ ...cell, outcome: 'cached', why: 'found' }));
    expect(again).toEqual({ ...first, cells: found });
  });

  it('is opened again when a file of the model changed', async () => {
    const { run, opened, path } = await laboratory();
    await run();
    await appendFile(join(path, 'model', 'config.json'), '\n');
    expect(await run()).toMatchObject({ computed: 1, cached: 0 });
    expect(opened()).toBe(2);
  });

  it('is opened again when the unrelated text changed', async () => {
    const { run, opened, path } = await laboratory();
    await run();
    await appendFile(join(path, 'unrelated.txt'), '\n\nAnother paragraph.');
    await run();
    expect(opened()).toBe(2);
  });

  it('is computed again when an artifact of a cell is gone', async () => {
    const { run, context, record } = await laboratory();
    await run();
    const { cells } = await record('vector');
    const scores = cells[0]?.manifest.scores;
    if (scores === null || scores === undefined) throw new Error('expected a cell with scores');
    await context.store.discard(scores);
    expect(await run()).toMatchObject({ computed: 1, cached: 0 });
    expect(await run()).toMatchObject({ computed: 0, cached: 1 });
  });

  it('is opened again when the cell is no longer listed', async () => {
    const { run, opened, path } = await laboratory();
    await run();
    await rm(join(path, 'state', 'store', 'pointers', 'cells'), { recursive: true });
    expect(await run()).toMatchObject({ computed: 1, cached: 0 });
    expect(opened()).toBe(2);
  });
});
