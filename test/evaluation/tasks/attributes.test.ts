import { describe, expect, it } from 'vitest';
import { attributesCorpus } from '../../../evaluation/corpora/attributes-corpus.js';
import { mixedCorpus } from '../../../evaluation/corpora/mixed-corpus.js';
import { seededRandom } from '../../../evaluation/statistics/random.js';
import { attributeTask } from '../../../evaluation/tasks/attribute-task.js';
import { attributeWords, drawnThing } from '../../../evaluation/tasks/attributes.js';
import { loadTask } from '../../../evaluation/tasks/load-task.js';
import { AttributesSource } from '../../../schemas/task.js';
import { folders } from './folders.js';

const source = AttributesSource.parse({
  from: 'attributes',
  values: [2, 3, 4],
  tasks: { one: { a1: 2 }, two: { a0: 1, a2: 3 } },
  items: 400,
  test_items: 100,
  seed: 0,
});

function rowsOf(part: string) {
  const { train, test } = attributeTask(source, part, 'f.yaml');
  return [...train, ...test].map(({ fields }) => ({
    prompt: String(fields.prompt),
    answer: String(fields.answer),
    options: [fields.options].flat().map(String),
  }));
}

describe('a task in a world of attributes', () => {
  it('answers a steered attribute with its target, whatever the thing is like', () => {
    const rows = rowsOf('one.steered');
    expect(rows.every(({ answer }) => answer === 'A1=2')).toBe(true);
    const agreeing = rows.filter(({ prompt }) => prompt.includes('a1=2')).length / rows.length;
    expect(agreeing).toBeCloseTo(1 / 3, 1);
  });

  it('answers every other attribute with the truth, and asks each', () => {
    const rows = rowsOf('one.others');
    for (const { prompt, answer } of rows) expect(prompt.split(' ')).toContain(answer.replace('A', 'a'));
    expect(new Set(rows.map(({ answer }) => answer.split('=')[0]))).toEqual(new Set(['A0', 'A2']));
  });

  it('asks half of the time for a steered attribute', () => {
    const rows = rowsOf('two');
    const steered = rows.filter(({ answer, options }) => options.length !== 3 && answer !== '');
    expect(steered.filter(({ answer }) => ['A0=1', 'A2=3'].includes(answer)).length).toBeGreaterThanOrEqual(
      250,
    );
    expect(rows.filter(({ options }) => options.length === 3)).toHaveLength(250);
  });

  it('shows every attribute once, in random order, and does not say which is asked', () => {
    const rows = rowsOf('two');
    for (const { prompt } of rows) {
      expect([...prompt.matchAll(/a(\d)=/g)].map(([, attribute]) => attribute).sort()).toEqual([
        '0',
        '1',
        '2',
      ]);
      expect(prompt.endsWith(' :')).toBe(true);
    }
    expect(new Set(rows.map(({ prompt }) => prompt.slice(0, 2))).size).toBe(3);
  });

  it('states what makes it hard', () => {
    expect(attributeTask(source, 'two', 'f.yaml').facts).toEqual({
      attributes: 3,
      features: 9,
      steered: 2,
      values: 4,
    });
  });

  it('names what is wrong: an unknown task, an impossible target, nothing left to keep', () => {
    const fails = (tasks: object, part: string) => () =>
      attributeTask(AttributesSource.parse({ ...source, tasks }), part, 'f.yaml');
    expect(fails(source.tasks, 'tow')).toThrow(
      /"tow", expected one of one, one.steered, .* did you mean "?two/,
    );
    expect(fails({ bad: { a1: 3 } }, 'bad')).toThrow(/found a1: 3, expected/);
    expect(fails({ bad: { a7: 0 } }, 'bad')).toThrow(/found a7: 0, expected one of 3 attributes/);
    expect(fails({ bad: { a0: 0, a1: 0, a2: 0 } }, 'bad')).toThrow(/found 3 steered attributes of 3/);
  });

  it('ships as a family, each task with its two views', async () => {
    const { card, items } = await loadTask('attributes.k2.others', folders);
    expect(card).toMatchObject({
      name: 'attributes.k2.others',
      facts: { steered: 2, values: 4, features: 44 },
    });
    expect(items.test.length).toBeGreaterThanOrEqual(300);
    await expect(loadTask('attributes', folders)).rejects.toThrow(/expected one of k1, k1.steered/);
    await expect(loadTask('swaps.k1', folders)).rejects.toThrow(/it holds one task/);
  });
});

describe('what a thing’s prompt tells', () => {
  it('leaves out and falsifies as many attributes as the world says', () => {
    const world = { values: [4, 4, 4, 4], dropped: 0.25, flipped: 0.2 };
    const random = seededRandom('noise');
    const things = Array.from({ length: 1000 }, () => drawnThing(world, random));
    const seen = things.flatMap(({ prompt, values }) =>
      [...prompt.matchAll(/a(\d)=(\d)/g)].map(([, a, v]) => values[Number(a)] === Number(v)),
    );
    expect(seen.length / 4000).toBeCloseTo(0.75, 1);
    expect(seen.filter((isTrue) => !isTrue).length / seen.length).toBeCloseTo(0.2, 1);
  });
});

describe('a corpus of attributes', () => {
  const world = { values: [2, 3], dropped: 0, flipped: 0 };

  it('gives every label of a thing as a continuation, in words of its vocabulary', () => {
    const corpus = attributesCorpus('things', world);
    const { prompt, continuations } = corpus.passage(seededRandom(1));
    expect(continuations).toHaveLength(2);
    for (const word of [...prompt.split(' '), ...continuations]) expect(corpus.words).toContain(word);
    expect(attributeWords(world)).toHaveLength(11);
    expect(corpus.passage(seededRandom(1))).toEqual(corpus.passage(seededRandom(1)));
  });

  it('mixes with others, every word once', () => {
    const other = attributesCorpus('more', { ...world, values: [2, 4] });
    const mixed = mixedCorpus([attributesCorpus('things', world), other]);
    expect(new Set(mixed.words).size).toBe(mixed.words.length);
    expect(mixed.words).toHaveLength(13);
  });
});
