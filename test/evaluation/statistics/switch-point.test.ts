import { describe, expect, test } from 'vitest';
import { crossings, switchPoint } from '../../../evaluation/statistics/switch-point.js';

const BUDGETS = [1, 4, 16, 64];

describe('switch point of two learning curves', () => {
  test('one sign change is found by straight lines over log N', () => {
    expect(switchPoint(BUDGETS, [-1, -1, 1, 1])).toMatchObject({
      kind: 'switch',
      direction: 'first-then-second',
    });
    const found = switchPoint(BUDGETS, [-3, -1, 1, 3]);
    expect(found.kind === 'switch' && found.n).toBeCloseTo(8, 10);
    const uneven = switchPoint([1, 16], [-1, 3]);
    expect(uneven.kind === 'switch' && uneven.n).toBeCloseTo(2, 10);
  });

  test('exchanging the methods turns the direction and keeps the budget', () => {
    const there = switchPoint(BUDGETS, [-2, -1, 1, 3]);
    const back = switchPoint(BUDGETS, [2, 1, -1, -3]);
    expect(there).toEqual({ ...back, direction: 'first-then-second' });
    expect(back).toMatchObject({ direction: 'second-then-first' });
  });

  test('scaling the differences changes nothing; scaling the budgets scales N*', () => {
    const found = switchPoint(BUDGETS, [-2, -1, 1, 3]);
    const doubled = switchPoint(BUDGETS, [-4, -2, 2, 6]);
    const tenfold = switchPoint(
      BUDGETS.map((n) => 10 * n),
      [-2, -1, 1, 3],
    );
    if (found.kind !== 'switch' || doubled.kind !== 'switch' || tenfold.kind !== 'switch')
      throw new Error('no switch');
    expect(doubled.n).toBeCloseTo(found.n, 10);
    expect(tenfold.n).toBeCloseTo(10 * found.n, 8);
  });

  test('curves that do not cross have no N*, only a better method', () => {
    expect(switchPoint(BUDGETS, [1, 2, 1, 2])).toEqual({ kind: 'throughout', better: 'second' });
    expect(switchPoint(BUDGETS, [-1, 0, -1, -1])).toEqual({ kind: 'throughout', better: 'first' });
    expect(switchPoint(BUDGETS, [0, 0, 0, 0])).toEqual({ kind: 'throughout', better: 'neither' });
    expect(switchPoint([16], [-0.2])).toEqual({ kind: 'throughout', better: 'first' });
  });

  test('of several sign changes the one that matters is taken', () => {
    const noisyStart = switchPoint([1, 2, 4, 8, 16, 32], [0.01, -1, -1, -1, 1, 1]);
    expect(noisyStart.kind === 'switch' && noisyStart.n).toBeCloseTo(Math.sqrt(8 * 16), 8);
    expect(switchPoint(BUDGETS, [2, -0.01, 2, 2])).toEqual({ kind: 'throughout', better: 'second' });
  });

  test('a stretch of equal curves crosses in its middle over log N, touching is no crossing', () => {
    expect(crossings(BUDGETS, [-1, 0, 0, 1])[0]?.n).toBeCloseTo(8, 10);
    expect(crossings([1, 4, 16], [-1, 0, 1])[0]?.n).toBeCloseTo(4, 10);
    expect(crossings([1, 4, 16], [-1, 0, -1])).toEqual([]);
  });
});

/*
 * Fitted laws of Zhang et al. 2024 (arXiv 2402.17193), Table 4: L = A·X^−α·D^−β + E with X the model size. Their rounded
 * parameters, solved again here; a crossing is where the loss of `second` falls below that of `first`.
 */
type Law = { a: number; alpha: number; e: number; beta: number };
const TRANSLATE_DE = {
  full: { a: 1.2e5, alpha: 0.52, e: 0.75, beta: 0.15 },
  prompt: { a: 3.9e3, alpha: 0.4, e: 0.62, beta: 0.051 },
  lora: { a: 2.1e3, alpha: 0.36, e: 0.62, beta: 0.081 },
};
const TRANSLATE_ZH = {
  full: { a: 3.3e3, alpha: 0.34, e: 1, beta: 0.14 },
  prompt: { a: 8.5e2, alpha: 0.33, e: 0.77, beta: 0.015 },
  lora: { a: 6.6e2, alpha: 0.31, e: 0.73, beta: 0.025 },
};
const SUMMARISE = {
  full: { a: 3.3e2, alpha: 0.24, e: 0.98, beta: 0.087 },
  prompt: { a: 23, alpha: 0.1, e: 0.00051, beta: 0.025 },
  lora: { a: 26, alpha: 0.11, e: 0.2, beta: 0.03 },
};

function loss({ a, alpha, e, beta }: Law, size: number, examples: number): number {
  return a * size ** -alpha * examples ** -beta + e;
}

/** Examples at which `second` first becomes better, among 10²…10¹⁰. */
function takesOver(first: Law, second: Law, size: number): number | undefined {
  const budgets = Array.from({ length: 8 * 200 + 1 }, (_, step) => 10 ** (2 + step / 200));
  const differences = budgets.map((examples) => loss(first, size, examples) - loss(second, size, examples));
  return crossings(budgets, differences).find(({ direction }) => direction === 'first-then-second')?.n;
}

describe('published scaling laws', () => {
  // Roots found by bisection, to four digits; undefined where the laws do not cross within 10²…10¹⁰ examples.
  const none = [undefined, undefined, undefined, undefined];
  const sizes = [1e9, 2e9, 4e9, 8e9];
  const cases = [
    {
      name: 'prompt → LoRA, En-De',
      laws: [TRANSLATE_DE.prompt, TRANSLATE_DE.lora],
      at: [1093, 2753, 6938, 17480],
    },
    {
      name: 'prompt → LoRA, En-Zh',
      laws: [TRANSLATE_ZH.prompt, TRANSLATE_ZH.lora],
      at: [65530, 73610, 62790, 39070],
    },
    {
      name: 'prompt → full, En-De',
      laws: [TRANSLATE_DE.prompt, TRANSLATE_DE.full],
      at: [241300, 359000, 1966e3, undefined],
    },
    {
      name: 'prompt → full, En-Zh',
      laws: [TRANSLATE_ZH.prompt, TRANSLATE_ZH.full],
      at: [175900, 460700, 2131e3, 3854e4],
    },
    { name: 'LoRA → full, En-De', laws: [TRANSLATE_DE.lora, TRANSLATE_DE.full], at: none },
    {
      name: 'LoRA → full, En-Zh',
      laws: [TRANSLATE_ZH.lora, TRANSLATE_ZH.full],
      at: [205900, 664700, 6114e3, undefined],
    },
    { name: 'LoRA → full, summarising', laws: [SUMMARISE.lora, SUMMARISE.full], at: none },
    { name: 'prompt → full, summarising', laws: [SUMMARISE.prompt, SUMMARISE.full], at: none },
  ] as const;
  for (const { name, laws, at } of cases) {
    test(`${name} crosses where the laws do, or not at all`, () => {
      const found = sizes.map((size) => takesOver(laws[0], laws[1], size));
      expect(found.map((n) => (n === undefined ? n : Number(n.toPrecision(4))))).toEqual(at);
    });
  }

  test('with equal floors the crossing follows the closed form D = (A₁/A₂)^(1/(β₁−β₂))·X^γ (their equation 3)', () => {
    const first = { ...TRANSLATE_DE.prompt, e: 0 };
    const second = { ...TRANSLATE_DE.lora, e: 0 };
    const gamma = (second.alpha - first.alpha) / (first.beta - second.beta);
    expect(gamma).toBeCloseTo(1.33, 2); // Table 5 gives 1.5 from unrounded parameters
    for (const size of [1e9, 8e9]) {
      const closed = (first.a / second.a) ** (1 / (first.beta - second.beta)) * size ** gamma;
      const solved = takesOver(first, second, size);
      if (closed >= 1e2 && closed <= 1e10) expect((solved ?? Number.NaN) / closed).toBeCloseTo(1, 4);
      else expect(solved).toBeUndefined();
    }
  });
});
