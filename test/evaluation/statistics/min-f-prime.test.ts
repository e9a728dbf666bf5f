import { describe, expect, test } from 'vitest';
import { minFPrimeTest } from '../../../evaluation/statistics/min-f-prime.js';
import { normal, seededRandom } from '../../../evaluation/statistics/random.js';

const lists = (rows: readonly (readonly number[])[]) => rows.map((row) => Float64Array.from(row));

describe('min F′', () => {
  test('is that of scipy: F(1, 5.214) = 2.967, p = .1432', () => {
    const gains = lists([
      [0.4, 1.1, -0.3, 0.9, 0.2],
      [0.8, 0.7, 0.1, 1.4, -0.2],
      [0.1, 0.6, -0.5, 0.7, 0.3],
    ]);
    expect(minFPrimeTest(gains)).toBeCloseTo(0.14315857833065548, 10);
    expect(minFPrimeTest(gains.map((values) => values.map((value) => -value)))).toBeCloseTo(
      0.14315857833065548,
      10,
    );
  });

  test('is 1 where nothing was gained, and no smaller than the rarest pattern of signs', () => {
    expect(
      minFPrimeTest(
        lists([
          [0, 0],
          [0, 0],
        ]),
      ),
    ).toBe(1);
    expect(
      minFPrimeTest(
        lists([
          [1, 1, 1],
          [1, 1, 1],
        ]),
      ),
    ).toBe(0.25);
  });

  test('is null where one seed or one item tells no spread', () => {
    expect(minFPrimeTest(lists([[1, 2, 3]]))).toBeNull();
    expect(minFPrimeTest(lists([[1], [2]]))).toBeNull();
  });

  test('of methods that differ by the luck of five seeds alone is below .05 about as often as it says', () => {
    const random = seededRandom('luck of seeds');
    const STUDIES = 400;
    const found = Array.from({ length: STUDIES }, () => {
      const item = Array.from({ length: 40 }, () => 0.5 * normal(random));
      const gains = Array.from({ length: 5 }, () => {
        const luck = 0.3 * normal(random);
        return item.map((own) => own + luck + 0.8 * normal(random));
      });
      return minFPrimeTest(lists(gains)) ?? 1;
    });
    // 33 of 400 or more have probability .004 when each has .05; a test over items alone finds some 150.
    expect(found.filter((p) => p < 0.05).length).toBeLessThan(33);
  });
});
