import { expect, test } from 'vitest';
import { seededRandom } from '../../../evaluation/statistics/random.js';
import { firstDraws, studentDraws } from '../../../evaluation/statistics/student-draws.js';
import { studentCdf } from '../../../evaluation/statistics/student-t.js';

const RESAMPLES = 20_000;

test('weights sum to 1; a single unit has no spread; no units are an error', () => {
  for (const weights of studentDraws(4, 50, seededRandom(1)).weights)
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
  expect(studentDraws(1, 2, seededRandom(0))).toMatchObject({
    weights: [Float64Array.of(1), Float64Array.of(1)],
    lighter: Float64Array.of(1, 1),
  });
  expect(() => studentDraws(0, 2, seededRandom(0))).toThrow(/found no units/);
});

test.each([2, 3, 5])(
  'of %d units deviations are Student’s t, and with the factor t of two degrees more',
  (size) => {
    const { weights, lighter } = studentDraws(size, RESAMPLES, seededRandom(size));
    const values = Array.from({ length: size }, (_, index) => index ** 2);
    const mean = values.reduce((sum, value) => sum + value, 0) / size;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const deviations = weights.map((list) =>
      list.reduce((sum, weight, index) => sum + (weight - 1 / size) * (values[index] ?? Number.NaN), 0),
    );
    // A variance over more degrees of freedom is a smaller one.
    const error = (degrees: number) => Math.sqrt(squares / degrees / size);
    const below = (degrees: number, factors: (resample: number) => number, t: number) =>
      deviations.filter((value, resample) => (value * factors(resample)) / error(degrees) < t).length /
      RESAMPLES;
    // Four standard errors of a share of so many, of which half are the others mirrored.
    for (const t of [-4, -2, -1, 0, 1, 2, 4]) {
      const slip = (degrees: number) =>
        4 * Math.sqrt((studentCdf(t, degrees) * (1 - studentCdf(t, degrees))) / (RESAMPLES / 2));
      expect(Math.abs(below(size - 1, () => 1, t) - studentCdf(t, size - 1))).toBeLessThan(slip(size - 1));
      const more = below(size + 1, (resample) => lighter[resample] ?? Number.NaN, t);
      expect(Math.abs(more - studentCdf(t, size + 1))).toBeLessThan(slip(size + 1));
    }
  },
);

test('every second resample is the one before it the other way round', () => {
  const { weights, lighter, chance } = studentDraws(3, 5, seededRandom('pairs'));
  expect(weights).toHaveLength(5);
  for (const [one, other] of [
    [0, 1],
    [2, 3],
  ] as const) {
    for (const [unit, weight] of (weights[one] ?? []).entries())
      expect((weights[other]?.[unit] ?? Number.NaN) + weight).toBeCloseTo(2 / 3, 12);
    expect([lighter[other], chance[other]]).toEqual([lighter[one], chance[one]]);
  }
});

test('chances are uniform', () => {
  const { chance } = studentDraws(3, RESAMPLES, seededRandom('chance'));
  for (const share of [0.1, 0.5, 0.9]) {
    const below = chance.filter((value) => value < share).length / RESAMPLES;
    expect(Math.abs(below - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / (RESAMPLES / 2)));
  }
});

test('the first draws are those of all', () => {
  const all = studentDraws(3, 10, seededRandom(0));
  const { weights, lighter, chance } = firstDraws(all, 4);
  expect(weights).toEqual(all.weights.slice(0, 4));
  expect([...lighter, ...chance]).toEqual([...all.lighter.slice(0, 4), ...all.chance.slice(0, 4)]);
});
