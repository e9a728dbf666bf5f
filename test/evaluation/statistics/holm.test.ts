import { expect, test } from 'vitest';
import { holm } from '../../../evaluation/statistics/holm.js';

test('adjusted values equal R’s p.adjust(p, "holm") and keep their places', () => {
  const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
  for (const [index, expected] of [0.03, 0.06, 0.06, 0.02].entries())
    expect(adjusted[index]).toBeCloseTo(expected, 12);
});

test('one test is left as it is, ties stay tied, nothing exceeds 1, no tests give none', () => {
  expect(holm([0.04])).toEqual([0.04]);
  expect(holm([0.02, 0.02])).toEqual([0.04, 0.04]);
  expect(holm([0.9, 0.8])).toEqual([1, 1]);
  expect(holm([])).toEqual([]);
});

test('a value that is no probability is refused', () => {
  expect(() => holm([0.1, Number.NaN])).toThrow(/found p = NaN/);
});
