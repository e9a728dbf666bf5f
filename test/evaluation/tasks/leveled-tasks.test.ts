import { describe, expect, it } from 'vitest';
import { type Generation, generatedRows } from '../../../evaluation/tasks/generated/generate.js';
import type { Row } from '../../../evaluation/tasks/rows.js';
import { words } from '../../../evaluation/tasks/words.js';
import { LeveledFamily } from '../../../schemas/task.js';

const of = (family: Generation['family'], difficulty: number, more: Partial<Generation> = {}) =>
  generatedRows({ family, difficulty, items: 300, test_items: 300, seed: 0, ...more });
const text = (row: Row, field: string) => String(row.fields[field]);
const options = ({ fields }: Row): string[] =>
  Array.isArray(fields.options) ? fields.options.map(String) : [];
const levels = [1, 2, 3, 4, 5];

describe.each(LeveledFamily.options)('%s', (family) => {
  it('has an answer among different options, at every difficulty', () => {
    for (const difficulty of levels) {
      const { train, test } = of(family, difficulty);
      for (const row of [...train, ...test]) {
        const all = options(row);
        expect(new Set(all).size, text(row, 'prompt')).toBe(all.length);
        expect(all, text(row, 'prompt')).toContain(text(row, 'answer'));
        expect(all.every((option) => option.trim() !== '')).toBe(true);
      }
    }
  });

  it('is longer the harder it is', () => {
    const length = (difficulty: number) =>
      of(family, difficulty).test.reduce((sum, row) => sum + text(row, 'prompt').length, 0);
    expect(length(5)).toBeGreaterThan(length(3));
    expect(length(3)).toBeGreaterThan(length(1));
  });

  it('begins with the same items however many are asked for, and others under another seed', () => {
    expect(of(family, 2, { items: 40 }).train).toEqual(of(family, 2).train.slice(0, 40));
    expect(of(family, 2, { seed: 1 }).train).not.toEqual(of(family, 2).train);
  });

  it('shows no option place and no size of a number as the right one', () => {
    const { train } = of(family, 3, { items: 2000 });
    const first = train.filter((row) => {
      const sorted = options(row).toSorted((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1));
      return sorted[0] === text(row, 'answer');
    });
    const chance = train.reduce((sum, row) => sum + 1 / options(row).length, 0);
    // Four standard errors.
    expect(Math.abs(first.length - chance)).toBeLessThan(4 * Math.sqrt(0.25 * train.length));
  });
});

it.each(['deduction', 'tracking', 'table-lookup', 'tool-call', 'json-call'] as const)(
  'answers of %s in test were never an option in training',
  (family) => {
    const { train, test } = of(family, 2);
    const seen = new Set(train.flatMap(options).map((option) => option.replaceAll(/\d+/g, '')));
    const answers = test.map((row) => text(row, 'answer')).filter((answer) => !/^\d+$/.test(answer));
    expect(answers.filter((answer) => seen.has(answer))).toEqual([]);
  },
);

it('test prompts are phrased otherwise than those of training', () => {
  for (const family of LeveledFamily.options) {
    const { train, test } = of(family, 2);
    const last = (row: Row) => words(text(row, 'prompt').replaceAll(/\d+/g, '')).slice(-2).join(' ');
    const endings = new Set(train.map(last));
    if (family !== 'tool-call' && family !== 'json-call')
      expect(
        test.filter((row) => endings.has(last(row))),
        family,
      ).toEqual([]);
  }
});

describe('answers are right', () => {
  it('of sums', () => {
    for (const row of of('arithmetic', 3).train) {
      const terms = text(row, 'prompt').match(/[+-]? ?\d+/g) ?? [];
      const sum = terms.reduce((total, term) => total + Number(term.replace(' ', '')), 0);
      expect(String(sum)).toBe(text(row, 'answer'));
    }
  });

  it('of code, read as a person would', () => {
    for (const row of of('code-output', 4).train) {
      let value = Number.NaN;
      let isSkipped = false;
      for (const line of text(row, 'prompt').split('\n')) {
        const [, condition] = /^if \w+ > (\d+):$/.exec(line) ?? [];
        const [, sign, amount] = /\w+ = \w+ ([+-]) (\d+)$/.exec(line) ?? [];
        const [, start] = /^\w+ = (\d+)$/.exec(line) ?? [];
        if (start !== undefined) value = Number(start);
        else if (condition !== undefined) isSkipped = value <= Number(condition);
        else if (amount !== undefined) {
          if (!(isSkipped && line.startsWith(' '))) value += sign === '+' ? Number(amount) : -Number(amount);
          if (line.startsWith(' ')) isSkipped = false;
        }
      }
      expect(String(value)).toBe(text(row, 'answer'));
    }
  });

  it('of chains of kinds', () => {
    for (const row of of('deduction', 4).train) {
      const next = new Map(
        [...text(row, 'prompt').matchAll(/Every (\w+) is a (\w+)\./g)].map(([, one = '', other = '']) => [
          one,
          other,
        ]),
      );
      let kind = / is a (\w+)\. So /.exec(text(row, 'prompt'))?.[1] ?? '';
      while (next.has(kind)) kind = next.get(kind) ?? '';
      expect(kind).toBe(text(row, 'answer'));
    }
  });

  it('of tables', () => {
    for (const row of of('table-lookup', 3).train) {
      const lines = text(row, 'prompt').split('\n');
      const [, column = '', thing] = /^The (\w+) of the (\w+) is$/.exec(lines.at(-1) ?? '') ?? [];
      const place = (lines[0] ?? '').split(' | ').indexOf(column);
      const found = lines.slice(1).find((line) => line.startsWith(`${thing} | `));
      expect(found?.split(' | ')[place]).toBe(text(row, 'answer'));
    }
  });
});
