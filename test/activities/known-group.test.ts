import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { StageContext } from '../../activities/context.js';
import { putJson, readGroup } from '../../activities/records.js';
import { stageActivity } from '../../activities/stage-activity.js';
import { computeContext } from '../../runtime/compute/context.js';
import { readPipelineFile } from '../../runtime/pipelines.js';
import { readSettings } from '../../runtime/settings.js';
import type { GroupInput } from '../../schemas/stages.js';
import { studyFolder } from '../runtime/study-folder.js';

/** A working folder with a model, a task, a text and a store, and a context that counts how often the model is opened. */
async function laboratory() {
  const folder = await studyFolder({ seeds: 1, budgets: [2], steps: 2 });
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const settings = readSettings(folder.environment, folder.path);
  let opened = 0;
  const own = await computeContext(settings, folder.path);
  const context: StageContext = {
    ...own,
    loadModel(...request) {
      opened += 1;
      return own.loadModel(...request);
    },
    onProgress: () => undefined,
  };
  const model = join(folder.path, 'model');
  const pipeline = { ...readPipelineFile(folder.pipeline), models: [model] };
  const reference = await putJson(context.store, pipeline);
  const place = { run: 'known', pipeline: reference };
  const drawn = { task: './letters.yaml', seed: 0 };
  await stageActivity('sample', { ...place, stage: 'sample', group: drawn }, context);
  const vector: GroupInput = { ...place, stage: 'vector', group: { model, ...drawn } };
  return {
    path: folder.path,
    context,
    vector,
    opened: () => opened,
    run: () => stageActivity('steer', vector, context),
  };
}

describe('a group whose cells are all in the store', () => {
  it('is found without opening its model, with the same record', async () => {
    const { run, opened, context, vector } = await laboratory();
    expect(await run()).toMatchObject({ computed: 1, cached: 0, failed: 0 });
    const first = await readGroup(context.store, 'known', 'vector', vector.group);
    expect(await run()).toMatchObject({ computed: 0, cached: 1, failed: 0 });
    expect(opened()).toBe(1);
    const again = await readGroup(context.store, 'known', 'vector', vector.group);
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
    const { run, context, vector } = await laboratory();
    await run();
    const { cells } = await readGroup(context.store, 'known', 'vector', vector.group);
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
