import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { laboratory } from './laboratory.js';

// 64 tokens are scored, the first paragraphs; those after them are learned from.
const PARAGRAPH = 'It was a quiet evening and nobody spoke of the sea.\n\n';
const FURTHER = `${PARAGRAPH.repeat(8)}Another paragraph, of other things.\n\n`;
const stages = {
  gated: {
    stage: 'steer',
    data: 'sample',
    method: 'conditional',
    search: { layers: [0, 1], coefficients: [0.5, 1] },
  },
};

it('a text that was edited is read again by a worker that has read it before', async () => {
  const { run, path } = await laboratory();
  expect(await run('steer', 'vector')).toMatchObject({ computed: 1, cached: 0 });
  await writeFile(join(path, 'unrelated.txt'), 'The ship had left at noon.\n\n'.repeat(16));
  const again = await run('steer', 'vector');
  expect(again).toMatchObject({ computed: 1, cached: 0 });
  expect(again.headline).toContain('`off_target` changed');
});

it('text that is learned from is among the facts of methods that read it, and of no others', async () => {
  const { run, path } = await laboratory({ stages });
  await run('steer', 'gated');
  await run('steer', 'vector');
  await appendFile(join(path, 'unrelated.txt'), FURTHER);
  const gated = await run('steer', 'gated');
  expect(gated).toMatchObject({ computed: 1, cached: 0 });
  expect(gated.headline).toContain('`unrelated` changed');
  expect(await run('steer', 'vector')).toMatchObject({ computed: 0, cached: 1 });
});
