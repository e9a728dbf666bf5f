import { describe, expect, test } from 'vitest';
import {
  crossoverPower,
  jointCrossings,
  type MultiplicativeLaw,
} from '../../../../evaluation/statistics/scaling/joint-crossover.js';

/** Table 4 of Zhang et al. 2024 (arXiv 2402.17193), as rounded there: fine-tuning, prompt tuning, LoRA; X = model size. */
const law = (scale: number, alpha: number, floor: number, beta: number): MultiplicativeLaw => ({
  scale,
  alpha,
  beta,
  floor,
});
const TABLE = {
  'en-de': {
    F: law(1.2e5, 0.52, 0.75, 0.15),
    P: law(3.9e3, 0.4, 0.62, 0.051),
    L: law(2.1e3, 0.36, 0.62, 0.081),
  },
  'en-zh': {
    F: law(3.3e3, 0.34, 1, 0.14),
    P: law(8.5e2, 0.33, 0.77, 0.015),
    L: law(6.6e2, 0.31, 0.73, 0.025),
  },
  mlsum: { F: law(3.3e2, 0.24, 0.98, 0.087), P: law(23, 0.1, 0.00051, 0.025), L: law(26, 0.11, 0.2, 0.03) },
};
const SIZES = [1e9, 2e9, 4e9, 8e9];

type Method = 'F' | 'P' | 'L';

function crossingsOf(task: keyof typeof TABLE, first: Method, second: Method): (number | undefined)[] {
  const [one, other] = [TABLE[task][first], TABLE[task][second]];
  return SIZES.map((x) => jointCrossings(one, other, { x, low: 1e2, high: 1e10 })[0]);
}

function expectNear(found: (number | undefined)[], expected: readonly (number | undefined)[]): void {
  expect(found.map((n) => n === undefined)).toEqual(expected.map((n) => n === undefined));
  for (const [index, n] of expected.entries()) {
    // Three digits were written down.
    if (n !== undefined) expect(Math.abs((found[index] ?? Number.NaN) / n - 1)).toBeLessThan(0.01);
  }
}

describe('the published joint laws, solved again', () => {
  test('prompt tuning gives way to LoRA later in larger models (English–German), and at some 7e4 (English–Chinese)', () => {
    expectNear(crossingsOf('en-de', 'P', 'L'), [1.09e3, 2.74e3, 6.92e3, 1.75e4]);
    expectNear(crossingsOf('en-zh', 'P', 'L'), [6.6e4, 7.4e4, 6.3e4, 3.9e4]);
  });

  test('prompt tuning gives way to fine-tuning, but in the largest model (English–German) never', () => {
    expectNear(crossingsOf('en-de', 'P', 'F'), [2.41e5, 3.58e5, 1.96e6, undefined]);
    expectNear(crossingsOf('en-zh', 'P', 'F'), [1.75e5, 4.59e5, 2.13e6, 3.84e7]);
  });

  test('LoRA gives way to fine-tuning on English–Chinese but in the largest model, on English–German never', () => {
    expectNear(crossingsOf('en-zh', 'L', 'F'), [2.05e5, 6.64e5, 6.11e6, undefined]);
    expectNear(crossingsOf('en-de', 'L', 'F'), [undefined, undefined, undefined, undefined]);
  });

  test('summaries have no crossing of any pair', () => {
    for (const [first, second] of [
      ['P', 'L'],
      ['P', 'F'],
      ['L', 'F'],
    ] as const)
      expectNear(crossingsOf('mlsum', first, second), [undefined, undefined, undefined, undefined]);
  });

  test('with equal floors N* is a power of X with the published closed form’s exponent', () => {
    const { F, P, L } = TABLE['en-de'];
    expect(crossoverPower(F, P)?.gamma).toBeCloseTo(-1.2, 1);
    expect(crossoverPower(F, L)?.gamma).toBeCloseTo(-2.3, 1);
    expect(crossoverPower(P, L)?.gamma).toBeCloseTo(1.3, 1);
    expect(crossoverPower(P, P)).toBeUndefined();
  });

  test('with equal floors the closed form is what the solver finds', () => {
    const [first, second] = [law(30, 0.2, 0.3, 0.05), law(90, 0.21, 0.3, 0.15)];
    const power = crossoverPower(first, second);
    for (const x of [1e7, 1e9]) {
      const [found] = jointCrossings(first, second, { x, low: 1, high: 1e12 });
      expect(found).toBeDefined();
      expect(
        (found ?? Number.NaN) / ((power?.factor ?? Number.NaN) * x ** (power?.gamma ?? Number.NaN)),
      ).toBeCloseTo(1, 9);
    }
  });

  test('a crossing that falls on a point of the solver’s grid is found once, and a touch is none', () => {
    // 2^(1 − log₂ N) and 1 are equal at N = 2, half-way between 1 and 4: a loss of exactly 1.
    const [falling, level] = [law(2, 0, 0, 1), law(1, 0, 0, 0)];
    const found = jointCrossings(falling, level, { x: 1, low: 1, high: 4 });
    expect(found.length).toBe(1);
    expect(found[0]).toBeCloseTo(2, 9);
    expect(jointCrossings(level, level, { x: 1, low: 1, high: 4 })).toEqual([]);
  });
});
