import { describe, expect, test } from 'vitest';
import { SelectivityLawRow } from '../../../../evaluation/statistics/law-rows.js';
import { normal, seededRandom } from '../../../../evaluation/statistics/random.js';
import { selectivityLaws } from '../../../../evaluation/statistics/scaling/selectivity-laws.js';
import { bootstrapOf } from '../synthetic-task.js';

const BUDGETS = [1, 4, 16, 64];
const UNTREATED = { margin: -1, loss: 2 };

/** What a cell gains in margin and how far its loss falls, and what it costs in KL. */
type Effect = (n: number, seed: number) => { gain: number; fall?: number; kl: number | null };

/** Rows of both relations: KL against the gain, and against the fall of the loss. */
function laws(effect: Effect, { seeds = 4, budgets = BUDGETS, losses = true } = {}) {
  const items = 3;
  const all = (value: number) => Array.from({ length: items }, (_, item) => value + item - 1);
  const bootstrap = bootstrapOf({
    stages: {
      baseline: {
        budgets: [0],
        cell: () => ({ loss: losses ? all(UNTREATED.loss) : null, margin: all(UNTREATED.margin) }),
      },
      lora: {
        budgets,
        seeds,
        cell: (n, seed) => {
          const { gain, fall = gain, kl } = effect(n, seed);
          return {
            loss: losses ? all(UNTREATED.loss - fall) : null,
            margin: all(UNTREATED.margin + gain),
            kl,
          };
        },
      },
    },
  });
  const rows = selectivityLaws(bootstrap);
  expect(rows.map(({ relation }) => relation)).toEqual(['kl-gain', 'forgetting-loss']);
  for (const row of rows) SelectivityLawRow.parse(row);
  return { gain: rows[0], forgetting: rows[1] };
}

const steps = (n: number) => Math.log2(n) + 1;

describe('what damage goes with what gain', () => {
  test('is the line that made it, of the gain in margin and of the fall of the loss each its own', () => {
    const { gain, forgetting } = laws((n, seed) => {
      const gained = steps(n) + seed / 10;
      return { gain: gained, fall: gained / 5, kl: 0.1 + 0.02 * gained };
    });
    expect(gain).toMatchObject({ status: 'fitted', seeds: 4, cells: 16 });
    expect(gain?.intercept).toBeCloseTo(0.1, 9);
    expect(gain?.slope).toBeCloseTo(0.02, 9);
    expect(gain?.slope_low).toBeCloseTo(0.02, 9);
    expect(gain?.r_squared).toBeCloseTo(1, 9);
    expect(forgetting?.slope).toBeCloseTo(0.1, 9);
  });

  test('is the least-squares line where the cells scatter', () => {
    // Of y = (0, 1, 1, 2) at x = (0, 1, 2, 3) under each of three seeds: slope 0.6, intercept 0.1, R² = 0.9.
    const height = new Map([
      [1, 0],
      [4, 1],
      [16, 1],
      [64, 2],
    ]);
    const { gain } = laws(
      (n, seed) => ({ gain: Math.log2(n) / 2, kl: (height.get(n) ?? Number.NaN) + seed * 1e-7 }),
      { seeds: 3 },
    );
    expect(gain?.slope).toBeCloseTo(0.6, 6);
    expect(gain?.intercept).toBeCloseTo(0.1, 6);
    expect(gain?.r_squared).toBeCloseTo(0.9, 6);
  });

  test('of simulated studies holds the slope in its interval, and tells a line from a parabola', () => {
    const random = seededRandom('damage');
    const found = Array.from({ length: 200 }, () => {
      // Cells of a seed share half of their luck.
      const shared = Array.from({ length: 5 }, () => 0.1 * normal(random));
      const luck = (seed: number) => (shared[seed] ?? Number.NaN) + 0.1 * normal(random);
      const line = laws((n, seed) => ({ gain: steps(n), kl: 1 + 0.3 * steps(n) + luck(seed) }), { seeds: 5 });
      const bent = laws((n, seed) => ({ gain: steps(n), kl: 1 + 0.1 * steps(n) ** 2 + luck(seed) }), {
        seeds: 5,
      });
      return { line: line.gain, bent: bent.gain };
    });
    const holds = found.filter(({ line }) => (line?.slope_low ?? 1) <= 0.3 && (line?.slope_high ?? 0) >= 0.3);
    // Of 200, 180 or fewer have probability 0.004 when each has 0.95.
    expect(holds.length).toBeGreaterThan(180);
    const curved = (row: SelectivityLawRow | undefined) => (row?.curvature ?? Number.NaN) > 2;
    expect(found.filter(({ bent }) => curved(bent)).length).toBe(200);
    expect(found.filter(({ line }) => curved(line)).length).toBeLessThan(20);
  });

  test('of two different gains says nothing of curvature: a parabola goes through no more than a line does', () => {
    const random = seededRandom('two gains');
    for (let study = 0; study < 100; study++) {
      const [small, large] = [random(), 1 + 3 * random()];
      const { gain } = laws((n) => ({ gain: n === 1 ? small : large, kl: n / 10 + 0.01 * normal(random) }), {
        budgets: [1, 64],
      });
      expect(gain?.status).toBe('fitted');
      expect(gain?.curvature).toBeLessThan(0);
    }
  });
});

describe('it is said why there is no line, where', () => {
  const reason = (...options: Parameters<typeof laws>) => {
    const { gain } = laws(...options);
    expect(gain).toMatchObject({ status: 'undecided', slope: null, slope_low: null, r_squared: null });
    return gain?.reason;
  };
  const fine: Effect = (n, seed) => ({ gain: steps(n) + seed / 10, kl: steps(n) });

  test('no unrelated text was scored, or items have no losses', () => {
    expect(reason(() => ({ gain: 1, kl: null }))).toBe(
      'no unrelated text was scored, or items have no losses',
    );
    const { gain, forgetting } = laws(fine, { losses: false });
    expect(gain?.status).toBe('fitted');
    expect(forgetting).toMatchObject({
      status: 'undecided',
      reason: 'no unrelated text was scored, or items have no losses',
    });
  });

  test('there are too few seeds or cells', () => {
    expect(reason(fine, { seeds: 2 })).toBe('2 seeds; an interval needs 3');
    expect(reason(fine, { seeds: 3, budgets: [1] })).toBe('3 cells; a line needs 6');
  });

  test('cells all gain, or cost, the same', () => {
    expect(reason((n) => ({ gain: 0.1 + 0.2, kl: n }))).toBe('every cell gains the same');
    expect(reason((n, seed) => ({ gain: steps(n) + seed, kl: 0 }))).toBe('every cell costs the same');
  });

  test('one seed alone differs', () => {
    expect(reason((n, seed) => ({ gain: seed === 2 ? steps(n) : 1, kl: n + seed }))).toBe(
      'without seed 2 every cell gains the same',
    );
  });

  test('seeds are copies of each other, as those of a method without examples', () => {
    expect(reason((n) => ({ gain: steps(n), kl: n }))).toBe('every seed has the same cells');
  });
});
