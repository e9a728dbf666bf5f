import type { StudySize, TrueCurve } from './simulated-study.js';

/** A pair of population curves, with where they cross, or else which of them is better, if any. */
export type Scenario = { name: string; curves: readonly [TrueCurve, TrueCurve] } & (
  | { nStar: number }
  | { nStar: null; better: 'first' | 'second' | 'neither' }
);

/** Steering: what it gains is there after a few examples (diminishing returns near 80: Hao et al. 2025). */
const vector =
  (ceiling: number): TrueCurve =>
  (n) =>
    ceiling * (1 - (1 + 2 * n) ** -0.8);

/** Fine-tuning: flat, then rising towards a higher ceiling (the rectified law's phases). */
const finetuning =
  (ceiling: number, middle: number): TrueCurve =>
  (n) =>
    ceiling / (1 + (middle / n) ** 0.8);

const [early, late] = [finetuning(3, 40), finetuning(3, 400)];

export const SCENARIOS: readonly Scenario[] = [
  { name: 'switch in the middle', curves: [vector(1), early], nStar: crossingOf(vector(1), early) },
  { name: 'switch late', curves: [vector(0.8), late], nStar: crossingOf(vector(0.8), late) },
  {
    name: 'fine-tuning throughout',
    curves: [vector(0.5), (n) => 0.3 + vector(0.5)(n) + early(n) / 3],
    nStar: null,
    better: 'second',
  },
  {
    name: 'steering throughout',
    curves: [vector(1.5), (n) => vector(1)(n) - 0.2],
    nStar: null,
    better: 'first',
  },
  { name: 'the same curve twice', curves: [early, early], nStar: null, better: 'neither' },
];

export const SIZES: readonly (StudySize & { name: string })[] = [
  {
    name: '9 budgets, 5 seeds, 200 items',
    budgets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    seeds: 5,
    items: 200,
  },
  {
    name: '9 budgets, 3 seeds, 200 items',
    budgets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    seeds: 3,
    items: 200,
  },
  { name: '5 budgets, 5 seeds, 200 items', budgets: [1, 4, 16, 64, 256], seeds: 5, items: 200 },
];

/** Where two population curves cross between 1 and 10⁶, by bisection of log n. */
function crossingOf(first: TrueCurve, second: TrueCurve): number {
  let [low, high] = [0, Math.log(1e6)];
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (second(Math.exp(middle)) < first(Math.exp(middle))) low = middle;
    else high = middle;
  }
  return Math.exp(low);
}
