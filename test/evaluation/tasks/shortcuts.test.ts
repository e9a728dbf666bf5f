import { describe, expect, it } from 'vitest';
import { chanceLevel } from '../../../evaluation/tasks/chance.js';
import { taskItem } from '../../../evaluation/tasks/item.js';
import { shortcuts } from '../../../evaluation/tasks/shortcuts.js';
import { wordOverlap } from '../../../evaluation/tasks/word-overlap.js';
import { words } from '../../../evaluation/tasks/words.js';
import type { Item } from '../../../schemas/item.js';

const item = (prompt: string, options: string[], label: number): Item => ({
  id: '0'.repeat(16),
  prompt,
  options,
  label,
});
const scores = (train: Item[], test: Item[]) =>
  Object.fromEntries(shortcuts(train, test).map(({ shortcut, score }) => [shortcut, score]));

describe('shortcuts', () => {
  it('find a position that is always right', () => {
    const train = [item('p', ['a', 'b'], 1), item('q', ['c', 'd'], 1), item('r', ['e', 'f'], 0)];
    expect(scores(train, [item('s', ['g', 'h'], 1), item('t', ['i', 'j'], 0)])['majority-position']).toBe(
      0.5,
    );
  });

  it('find a word that is always right', () => {
    const train = [item('p', ['yes indeed', 'no'], 0), item('q', ['no', 'yes'], 1)];
    expect(
      scores(train, [item('s', ['no', 'yes'], 1), item('t', ['no way', 'yes please'], 1)])['answer-only'],
    ).toBe(1);
  });

  it('find a word of the prompt that goes with an answer, and know nothing of answers they have not seen', () => {
    const train = [
      item('good film', ['up', 'down'], 0),
      item('a good day', ['up', 'down'], 0),
      item('bad film', ['up', 'down'], 1),
      item('a bad day', ['up', 'down'], 1),
    ];
    const test = [item('so good', ['down', 'up'], 1), item('so bad', ['down', 'up'], 0)];
    expect(scores(train, test)['prompt-words']).toBe(1);
    expect(scores(train, [item('so good', ['left', 'up'], 1)])['prompt-words']).toBe(0.5);
  });

  it('find an option that repeats the prompt', () => {
    const test = [item('The currency of Albania is the', ['Serbian dinar', 'Albanian lek'], 1)];
    expect(scores(test, test)['word-overlap']).toBe(1);
  });

  it('give options that tie their share of the point, so that knowing nothing is chance', () => {
    const train = [item('p', ['a', 'b'], 0), item('q', ['a', 'b'], 1)];
    expect(scores(train, [item('s', ['x', 'y'], 1)])).toEqual({
      'majority-position': 0.5,
      'answer-only': 0.5,
      'prompt-words': 0.5,
      'word-overlap': 0.5,
    });
  });

  it('throw without items', () => {
    expect(() => shortcuts([], [item('p', ['a', 'b'], 0)])).toThrow('found 0 train and 1 test items');
  });
});

describe('word overlap', () => {
  it('does not count that an option is listed', () => {
    expect(wordOverlap(item('Choose alpha or beta', ['alpha', 'beta'], 0))).toEqual([0, 0]);
  });

  it('counts a line that describes one option as part of it', () => {
    const prompt = 'findBus: Find a coach.\nplay_song: Play some music.\nRequest: a coach to Rome';
    const [bus = 0, song = 0] = wordOverlap(item(prompt, ['findBus', 'play_song'], 0));
    expect(bus).toBeGreaterThan(0);
    expect(song).toBe(0);
  });
});

it('words fall into the parts of a name', () => {
  expect(words('Events_3_FindEvents, weather.get — Größe 12')).toEqual([
    'events',
    '3',
    'find',
    'events',
    'weather',
    'get',
    'größe',
    '12',
  ]);
});

describe('chance level', () => {
  it('is the mean of 1/options', () => {
    expect(chanceLevel([{ options: ['a', 'b'] }, { options: ['a', 'b', 'c', 'd'] }])).toBe(0.375);
  });

  it('throws without items', () => {
    expect(() => chanceLevel([])).toThrow('found no items');
  });
});

it('shuffling by content puts the right option at every position about equally often', () => {
  const labels = Array.from(
    { length: 2000 },
    (_, index) =>
      taskItem({ prompt: `question ${index}`, right: 'yes', wrong: ['no', 'perhaps', 'never'], group: '' })
        .label,
  );
  const fourStandardErrors = 4 * Math.sqrt(2000 * 0.25 * 0.75);
  for (const position of [0, 1, 2, 3]) {
    const count = labels.filter((label) => label === position).length;
    expect(Math.abs(count - 500)).toBeLessThan(fourStandardErrors);
  }
});

it('an item is named by its content, whatever order its wrong options came in', () => {
  const draft = { prompt: 'p', right: 'a', wrong: ['b', 'c'], group: 'g' };
  expect(taskItem({ ...draft, wrong: ['c', 'b'] })).toEqual(taskItem(draft));
  expect(taskItem({ ...draft, right: 'b', wrong: ['a', 'c'] }).id).not.toBe(taskItem(draft).id);
});
