import { describe, expect, test } from 'vitest';
import { knee } from '../../../evaluation/statistics/knee.js';
import { normal, seededRandom } from '../../../evaluation/statistics/random.js';
import { ConvergenceRow } from '../../../evaluation/statistics/rows.js';
import { type CellVectors, vectorConvergence } from '../../../evaluation/statistics/vector-convergence.js';

const BUDGETS = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const PLACE = { model: 'small', task: 'capitals', stage: 'vector', method: 'mean-difference' };

/** A vector in the plane at an angle to the first axis, as long as is wanted. */
const at = (angle: number, length = 1) => Float32Array.of(length * Math.cos(angle), length * Math.sin(angle));

function cell(n: number, vector: Float32Array, { seed = 0, layer = 12 } = {}): CellVectors {
  return { ...PLACE, n, seed, vectors: new Map([[layer, vector]]) };
}

function convergence(cells: readonly CellVectors[]): ConvergenceRow[] {
  const rows = vectorConvergence(cells, 0.95);
  for (const row of rows) ConvergenceRow.parse(row);
  return rows;
}

describe('the knee of a falling curve', () => {
  test('is the point farthest below the line from its first point to its last', () => {
    expect(knee([0, 1, 2, 3, 4], [10, 2, 1, 0.5, 0])).toBe(1);
    // Of 1/x over log x from 1 to N the distance 1 − log x/log N − (1/x − 1/N)/(1 − 1/N) is largest at log N/(1 − 1/N).
    const largest = Math.exp(8);
    const x = Array.from({ length: 801 }, (_, index) => index / 100);
    const found = knee(
      x,
      x.map((value) => Math.exp(-value)),
    );
    expect(Math.exp(x[found ?? 0] ?? 0)).toBeCloseTo(8 / (1 - 1 / largest), 1);
  });

  test('does not change with the units of either axis', () => {
    const [x, y] = [
      [0, 1, 2, 3],
      [7, 3, 2, 1],
    ];
    const other = knee(
      x.map((value) => 5 + 3 * value),
      y.map((value) => 2 * value - 9),
    );
    expect(other).toBe(knee(x, y));
  });

  test('is none of a line, a curve that bends the other way, one that rises, and no points', () => {
    expect(knee([0, 1, 2], [2, 1, 0])).toBeUndefined();
    expect(knee([0, 1, 2], [2, 1.9, 0])).toBeUndefined();
    expect(knee([0, 1, 2], [0, 1, 2])).toBeUndefined();
    expect(knee([], [])).toBeUndefined();
  });
});

describe('how a vector settles', () => {
  test('has bounds that 1 − cos can have, however far the seeds lie apart', () => {
    const rows = convergence([
      cell(1, at(0), { seed: 0 }),
      cell(4, at(0.1), { seed: 0 }),
      cell(1, at(0), { seed: 1 }),
      cell(4, at(Math.PI - 0.1), { seed: 1 }),
    ]);
    expect(rows[0]).toMatchObject({ low: 0, high: 2 });
  });

  test('is 1 − cos to the vector of the largest budget and the same seed, whatever their lengths', () => {
    const rows = convergence([
      cell(1, at(1.2, 5)),
      cell(4, at(0.5, 0.1)),
      cell(16, at(0)),
      cell(1, at(2.2), { seed: 1 }),
      cell(4, at(1.8), { seed: 1 }),
      cell(16, at(1), { seed: 1 }),
    ]);
    expect(rows.map(({ n, largest_n, layer, seeds }) => [n, largest_n, layer, seeds])).toEqual([
      [1, 16, '12', 2],
      [4, 16, '12', 2],
    ]);
    expect(rows[0]?.distance).toBeCloseTo(1 - Math.cos(1.2), 6);
    const values = [1 - Math.cos(0.5), 1 - Math.cos(0.8)];
    const mean = (values[0] ?? 0) / 2 + (values[1] ?? 0) / 2;
    expect(rows[1]?.distance).toBeCloseTo(mean, 6);
    // Student's 97.5 % quantile with one degree of freedom is 12.7062; the error is half of what two values differ by.
    const half = (12.7062 * Math.abs((values[0] ?? 0) - (values[1] ?? 0))) / 2;
    expect(rows[1]?.high).toBeCloseTo(mean + half, 4);
    expect(rows[1]?.low).toBe(0);
  });

  test('of several blocks is their mean', () => {
    const cells = [1, 2].map((n) => ({
      ...cell(n, at(0)),
      vectors: new Map([
        [3, at(n === 1 ? 0.4 : 0)],
        [5, at(n === 1 ? 0.8 : 0)],
      ]),
    }));
    const [row] = convergence(cells);
    expect(row?.layer).toBe('3 + 5');
    expect(row?.distance).toBeCloseTo(1 - (Math.cos(0.4) + Math.cos(0.8)) / 2, 6);
  });

  test('of means of independent contrasts is proportional to 1/n − 1/N: exponents of simulated studies hold 1', () => {
    const random = seededRandom('contrasts');
    const study = () =>
      [0, 1, 2, 3].flatMap((seed) => {
        const sum = new Float32Array(64);
        const cells: CellVectors[] = [];
        for (let n = 1; n <= 256; n++) {
          for (let channel = 0; channel < 64; channel++)
            sum[channel] = (sum[channel] ?? 0) + 1 + 0.2 * normal(random);
          if (BUDGETS.includes(n))
            cells.push(
              cell(
                n,
                sum.map((value) => value / n),
                { seed },
              ),
            );
        }
        return cells;
      });
    const rows = Array.from({ length: 40 }, () => convergence(study())[0]);
    const held = rows.filter((row) => (row?.exponent_low ?? 9) <= 1 && (row?.exponent_high ?? -9) >= 1);
    // Of 40, 33 or fewer have probability 0.003 when each has 0.95.
    expect(held.length).toBeGreaterThan(33);
    // The knee of 1/n between 1 and N is at log N, 5.6 here: 4 and 8 are next to it.
    for (const row of rows) {
      expect([4, 8]).toContain(row?.knee);
      expect(row?.knee_low).toBeLessThanOrEqual(row?.knee ?? 0);
      expect(row?.knee_high).toBeGreaterThanOrEqual(row?.knee ?? 9);
    }
  });

  test('compares no blocks with others, and says how many seeds chose others', () => {
    const rows = convergence([
      cell(1, at(1), { layer: 4 }),
      cell(2, at(1)),
      cell(2, at(1), { seed: 1, layer: 4 }),
      cell(4, at(0)),
      cell(4, at(0), { seed: 1 }),
    ]);
    expect(rows[0]).toMatchObject({
      distance: null,
      seeds: 0,
      other_layer: 1,
      reason: 'the search chose other blocks than with the largest budget',
    });
    expect(rows[1]).toMatchObject({ seeds: 1, other_layer: 1, reason: null, low: null, high: null });
    expect(rows[1]?.distance).toBeCloseTo(1 - Math.cos(1), 6);
  });

  test('has no knee of three budgets, where no seed has all, or the fall is not steeper at first; it is said why', () => {
    const reason = (cells: readonly CellVectors[]) => {
      const [row] = convergence(cells);
      expect(row).toMatchObject({ knee: null, knee_low: null, knee_high: null });
      return row?.knee_reason;
    };
    expect(reason([1, 2, 4].map((n) => cell(n, at(1 / n))))).toBe('3 budgets; a knee needs 4');
    const other = [1, 2, 4, 8].map((n) => cell(n, at(1 / n), { layer: n === 2 ? 4 : 12 }));
    expect(reason(other)).toBe('no seed is compared at every budget');
    const late = [1, 2, 4, 8].map((n) => cell(n, at(n === 8 ? 0 : 1)));
    expect(reason(late)).toBe('the distance does not fall faster at first than later');
  });

  test('of vectors without length, of one that stays, and of seeds without a largest budget is no NaN', () => {
    const still = convergence([1, 2, 4, 8].map((n) => cell(n, at(0))));
    expect(still[0]).toMatchObject({ distance: 0, exponent: null, knee: null });
    const none = convergence([1, 2, 4, 8].map((n) => cell(n, at(0, 0))));
    expect(none[0]).toMatchObject({ distance: null, reason: 'a vector of length 0' });
    const apart = convergence([cell(1, at(0)), cell(2, at(0), { seed: 1 })]);
    expect(apart[0]?.reason).toBe('no seed has a vector here and at the largest budget');
    expect(convergence([cell(1, at(0))])).toEqual([]);
    expect(convergence([])).toEqual([]);
  });
});
