import { describe, expect, it } from 'vitest';
import { loadTask } from '../../../evaluation/tasks/load-task.js';
import { type Sample, sample, sampleElsewhere } from '../../../evaluation/tasks/sample.js';
import { SampleRow } from '../../../schemas/item.js';
import { folders, loadFiles } from './folders.js';

const task = await loadTask('capitals', folders);
const asked = { seed: 0, validation: 32, test: 50, budgets: [1, 4, 16, 64] };
const rowsOf = ({ pool }: Sample, split: SampleRow['split']) => pool.filter((row) => row.split === split);
const ids = (rows: readonly SampleRow[]) => rows.map((row) => row.id);

describe('test items of another task', async () => {
  const heights = await loadTask('tallest', folders);
  const inOtherWords = await loadTask('tallest-question', folders);
  const storyOf = (prompt: string) => prompt.match(/\w+ is taller than \w+\./g)?.join(' ');

  it('tell no story that may be trained on in other words', () => {
    const stories = new Set(heights.items.train.map(({ prompt }) => storyOf(prompt)));
    expect(inOtherWords.items.test.some(({ prompt }) => stories.has(storyOf(prompt)))).toBe(true);
    const elsewhere = sampleElsewhere(heights, inOtherWords, 100);
    expect(elsewhere).toHaveLength(100);
    expect(elsewhere.filter(({ prompt }) => stories.has(storyOf(prompt)))).toEqual([]);
  });

  it('are all of them where two tasks only have numbers of rows in common', async () => {
    const [one, view] = await Promise.all(
      ['attributes.k1', 'attributes.k1.others'].map((name) => loadTask(name, folders)),
    );
    if (one === undefined || view === undefined) throw new Error('attributes: found no task, expected two');
    expect(sampleElsewhere(one, view, 'all')).toHaveLength(view.items.test.length);
  });
});

describe('a sample', () => {
  const drawn = sample(task, asked);

  it('has the sizes asked for, in rows of the schema, numbered from 0 in each split', () => {
    expect([drawn.test.length, rowsOf(drawn, 'validation').length, rowsOf(drawn, 'train').length]).toEqual([
      50, 32, 64,
    ]);
    for (const rows of [drawn.test, rowsOf(drawn, 'validation'), rowsOf(drawn, 'train')]) {
      expect(rows.map((row) => row.position)).toEqual(rows.map((_, index) => index));
      for (const row of rows) expect(SampleRow.parse(row)).toEqual(row);
    }
  });

  it('has no item and no group in two splits', () => {
    const groupOf = new Map([...task.items.train, ...task.items.test].map((item) => [item.id, item.group]));
    const splits = [drawn.test, rowsOf(drawn, 'validation'), rowsOf(drawn, 'train')];
    const all = splits.flatMap(ids);
    expect(new Set(all).size).toBe(all.length);
    const groups = splits.flatMap((rows) => [...new Set(ids(rows).map((id) => groupOf.get(id)))]);
    expect(new Set(groups).size).toBe(groups.length);
  });

  it('is the same when drawn again, and another with another seed, except for the test items', () => {
    expect(sample(task, asked)).toEqual(drawn);
    const other = sample(task, { ...asked, seed: 1 });
    expect(other.test).toEqual(drawn.test);
    expect(ids(rowsOf(other, 'train'))).not.toEqual(ids(rowsOf(drawn, 'train')));
    expect(ids(rowsOf(other, 'validation'))).not.toEqual(ids(rowsOf(drawn, 'validation')));
  });

  it('with larger budgets begins with the rows of the smaller ones', () => {
    const small = sample(task, { ...asked, budgets: [4, 1] });
    expect(rowsOf(small, 'train')).toEqual(rowsOf(drawn, 'train').slice(0, 4));
    expect(rowsOf(small, 'validation')).toEqual(rowsOf(drawn, 'validation'));
  });

  it('with a larger test set holds the smaller one', () => {
    expect(sample(task, { ...asked, test: 20 }).test).toEqual(drawn.test.slice(0, 20));
  });

  it('does not depend on the order of the task’s items', () => {
    const turned = {
      ...task,
      items: { train: task.items.train.toReversed(), test: task.items.test.toReversed() },
    };
    expect(sample(turned, asked)).toEqual(drawn);
  });
});

it('seed 0 is a seed like any other', () => {
  const orders = [0, 1, 2].map((seed) => ids(sample(task, { ...asked, seed }).pool).join());
  expect(new Set(orders).size).toBe(3);
});

it('validation cuts the smallest group when whole groups do not fill it', async () => {
  const rows = ['a,big', 'b,big', 'c,big', 'd,big', 'e,small', 'f,small', 'g,small'];
  const grouped = await loadFiles({
    'task.yaml': `name: grouped
type: capability
source: { from: rows, train: train.csv, test: test.csv }
template: { prompt: '{word}', options: [x, y], answer: x, group: '{group}' }`,
    'train.csv': `word,group\n${rows.join('\n')}\n`,
    'test.csv': 'word,group\nz,other\n',
  });
  for (let seed = 0; seed < 10; seed += 1) {
    const { pool } = sample(grouped, { seed, validation: 2, test: 1, budgets: [4] });
    expect(pool.filter((row) => row.split === 'validation').every((row) => 'efg'.includes(row.prompt))).toBe(
      true,
    );
    expect(
      pool
        .filter((row) => row.split === 'train')
        .map((row) => row.prompt)
        .sort(),
    ).toEqual(['a', 'b', 'c', 'd']);
  }
});

describe('more than the task has', () => {
  it.each([
    [
      'budget',
      { ...asked, budgets: [4, 1000] },
      /task "capitals": wanted a budget of 1000 examples, found \d+ of 164 beside/,
    ],
    [
      'test set',
      { ...asked, test: 1000 },
      /task "capitals": wanted 1000 test items, found 68 in the test split/,
    ],
    [
      'validation set',
      { ...asked, validation: 1000 },
      /task "capitals": wanted 1000 validation items, found 164 in the train split/,
    ],
  ])('as %s is an error naming task, number, found and file', (_what, options, message) => {
    expect(() => sample(task, options)).toThrow(message);
    expect(() => sample(task, options)).toThrow('capitals.yaml');
  });
});
