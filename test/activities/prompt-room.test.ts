import { expect, it } from 'vitest';
import { laboratory } from './laboratory.js';

const stages = {
  shots: { stage: 'prompt', data: 'sample', method: 'few-shot', search: { orders: 4, shares: [1] } },
  long: {
    stage: 'prompt',
    data: 'sample',
    method: 'instruction',
    search: { instructions: ['a', 'b', 'c', 'd'].map((word) => word.repeat(210)) },
  },
};

// The context of the tiny model has 256 tokens; an item has 16, a window of unrelated text 64.
it('few-shot prompts leave room for the unrelated text, which is longer than any item', async () => {
  const { run, record } = await laboratory({ budgets: [24], stages });
  expect(await run('prompt', 'shots')).toMatchObject({ computed: 1, failed: 0 });
  const [cell] = (await record('shots')).cells;
  const shown = cell?.manifest.trials.map(({ setting }) => setting.shown);
  // 17 tokens each with what parts them: 11 are 187, one more would leave less than 64.
  expect(shown).toEqual([11, 11, 11, 11]);
});

it('a prompt that leaves too little room fails its cell with the reason', async () => {
  const { run, record } = await laboratory({ budgets: [2], stages });
  expect(await run('prompt', 'long')).toMatchObject({ computed: 0, failed: 1 });
  const [cell] = (await record('long')).cells;
  expect(cell?.manifest).toMatchObject({
    status: 'failed',
    reason: expect.stringContaining('outside the context length of the model, expected 0 to 255'),
  });
});
