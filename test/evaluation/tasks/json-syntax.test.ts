import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../evaluation/statistics/random.js';
import { jsonSyntaxError } from '../../../evaluation/tasks/json-syntax.js';

const wellFormed = [
  '0',
  ' -1.5e+3 ',
  '"\\u00e9\\n é"',
  '[]',
  '{}',
  '[1, [true, null], {"a": {"b": "c"}}]',
  '{"prompt": "x", "options": ["a", "b"], "label": 0}',
];

describe('the place of a JSON error', () => {
  it.each([
    ['{"a": x}', 6, 'a JSON value'],
    ['{"a" 1}', 5, '":"'],
    ['{a: 1}', 1, 'a field name in double quotes'],
    ['{"a": 1,}', 8, 'a field name in double quotes'],
    ['[1 2]', 3, '"," or "]"'],
    ['{"a": 01}', 6, 'a JSON value'],
    ['{"a": "tab\there"}', 6, 'a JSON value'],
    ['{} {}', 3, 'the end of the line'],
    ['', 0, 'a JSON value'],
  ])('of %s is character %i, where %s was expected', (text, offset, expected) => {
    expect(jsonSyntaxError(text)).toMatchObject({ offset, expected });
  });

  it('is found exactly in the texts that the runtime refuses', () => {
    const random = seededRandom('mutations');
    const letters = '{}[]",:0 1.e-+tn\\a';
    for (let trial = 0; trial < 5000; trial += 1) {
      const text = wellFormed[Math.floor(random() * wellFormed.length)] ?? '';
      const at = Math.floor(random() * (text.length + 1));
      const letter = letters.charAt(Math.floor(random() * letters.length));
      const changed = text.slice(0, at) + letter + text.slice(at + (random() < 0.5 ? 1 : 0));
      expect([changed, foundError(changed)]).toEqual([changed, !parses(changed)]);
    }
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function foundError(text: string): boolean {
  try {
    jsonSyntaxError(text);
    return true;
  } catch {
    return false;
  }
}
