import { expect, it } from 'vitest';
import { boxes, boxesReversed } from '../../../evaluation/tasks/boxes.js';
import { counting, countingBack } from '../../../evaluation/tasks/counting.js';
import { shortest, tallest } from '../../../evaluation/tasks/heights.js';
import { swaps } from '../../../evaluation/tasks/swaps.js';
import { wordProblems } from '../../../evaluation/tasks/word-problems.js';

const changes: Record<string, 1 | -1> = {
  ...{ buys: 1, finds: 1, gets: 1, wins: 1 },
  ...{ loses: -1, sells: -1, drops: -1, breaks: -1 },
};

it('a word problem read step by step has the answer given', () => {
  for (const { fields } of wordProblems(500, 1)) {
    const read = /has (\d+) \w+\. \w+ (\w+) (\d+) \w+, then (\w+) (\d+)\./.exec(String(fields.prompt));
    const [, start, verb = '', first, then = '', second] = read ?? [];
    const steps =
      (changes[verb] ?? Number.NaN) * Number(first) + (changes[then] ?? Number.NaN) * Number(second);
    expect(fields.answer).toBe(Number(start) + steps);
  }
});

it('the options of a word problem are four different two-digit numbers around the start, whatever the true one', () => {
  for (const { fields } of wordProblems(500, 1)) {
    const options = fields.options as number[];
    expect(new Set(options).size).toBe(4);
    expect(options.every((option) => option >= 10 && option <= 99)).toBe(true);
    expect(options).toContain(fields.answer);
  }
});

it('a swap story played through has the answer given', () => {
  for (const { fields } of swaps(500, 1)) {
    const prompt = String(fields.prompt);
    const holds = new Map(
      [...prompt.matchAll(/(\w+) has the (\w+)\./g)].map(([, person = '', thing = '']) => [person, thing]),
    );
    for (const [, one = '', other = ''] of prompt.matchAll(/(\w+) and (\w+) swap\./g)) {
      const [ofOne = '', ofOther = ''] = [holds.get(one), holds.get(other)];
      holds.set(one, ofOther).set(other, ofOne);
    }
    const asked = /Now (\w+) has the$/.exec(prompt)?.[1] ?? '';
    expect(fields.answer).toBe(holds.get(asked));
  }
});

it('in a swap story the thing first held by the person asked is the answer as often as another', () => {
  const stories = swaps(3000, 2);
  const kept = stories.filter(({ fields }) => {
    const prompt = String(fields.prompt);
    const asked = /Now (\w+) has the$/.exec(prompt)?.[1];
    return prompt.includes(`${asked} has the ${fields.answer}.`);
  });
  const standardError = Math.sqrt(((1 / 3) * (2 / 3)) / stories.length);
  expect(Math.abs(kept.length / stories.length - 1 / 3)).toBeLessThan(4 * standardError);
});

it('another seed gives other items, and a longer list begins with the shorter', () => {
  expect(wordProblems(10, 0)).not.toEqual(wordProblems(10, 1));
  expect(wordProblems(20, 0).slice(0, 10)).toEqual(wordProblems(10, 0));
  expect(swaps(20, 0).slice(0, 10)).toEqual(swaps(10, 0));
});

it('what a box story says of the box asked for is the answer, in both directions', () => {
  for (const { fields } of boxes(300, 1)) {
    const [, colour] = /The (\w+) box holds a$/.exec(String(fields.prompt)) ?? [];
    expect(fields.prompt).toContain(`The ${colour} box holds a ${fields.answer}.`);
  }
  for (const { fields } of boxesReversed(300, 1)) {
    const [, thing] = /The (\w+) is in the box that is$/.exec(String(fields.prompt)) ?? [];
    expect(fields.prompt).toContain(`The ${fields.answer} box holds a ${thing}.`);
  }
});

it('nobody is said to be taller than the tallest, nor the shortest to be taller than anybody', () => {
  for (const { fields } of tallest(300, 1)) expect(fields.prompt).not.toContain(`than ${fields.answer}.`);
  for (const { fields } of shortest(300, 1))
    expect(fields.prompt).not.toContain(`${fields.answer} is taller`);
});

it('the next number of a count keeps its step', () => {
  for (const { fields } of [...counting(300, 1), ...countingBack(300, 1)]) {
    const shown = String(fields.prompt).match(/\d+/g)?.map(Number) ?? [];
    const [first = 0, second = 0] = shown;
    expect(fields.answer).toBe((shown.at(-1) ?? 0) + second - first);
    expect(fields.options).toContain(fields.answer);
  }
});
