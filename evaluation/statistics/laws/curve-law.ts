import type { Box } from './levenberg-marquardt.js';

/** Mean losses by number of examples; budgets ascend, both are positive. */
export type LossCurve = { budgets: readonly number[]; losses: readonly number[] };

/** A law of the loss L in the number of examples N, fitted as log L in log N. Parameters that must be positive are logarithms. */
export type CurveLaw = {
  name: 'rectified' | 'power' | 'exponential';
  parameters: number;
  /** log L at x = log N. */
  logLoss(parameters: ArrayLike<number>, x: number): number;
  /** Writes the derivatives of log L by each parameter to `out`, from `offset` on. */
  slopes(parameters: ArrayLike<number>, x: number, out: Float64Array, offset: number): void;
  /** Where searches begin: a grid around what the curve shows. */
  starts(curve: LossCurve): number[][];
  box(curve: LossCurve): Box;
  /** The parameters under the names of the law's formula. */
  named(parameters: ArrayLike<number>, curve: LossCurve): LawParameters;
};

export type LawParameters = {
  /** B: what there is to learn, in the unit of the loss (of the loss times N^β in a power law). */
  scale: number;
  /** D_l of the rectified law, in examples^β. */
  prelearned: number | null;
  /** β of a power law. */
  exponent: number | null;
  /** τ of the exponential law, in examples. */
  decay: number | null;
  /** E: the loss that no number of examples goes below; 0 where the fit has none. */
  floor: number;
};

// A floor this far below the smallest loss is none: the loss is its logarithm's exponential to six digits without it.
const NO_FLOOR = 12;

/** The bounds of log E: from nothing that matters up to the largest loss. */
export function floorBounds({ losses }: LossCurve): { low: number; high: number } {
  return { low: Math.log(Math.min(...losses)) - NO_FLOOR, high: Math.log(Math.max(...losses)) };
}

export function floorOf(logFloor: number, curve: LossCurve): number {
  return logFloor <= floorBounds(curve).low + 1e-6 ? 0 : Math.exp(logFloor);
}

/** Floors that a search begins with, as logarithms: next to none, half and nearly all of the smallest loss. */
export function floorStarts({ losses }: LossCurve): number[] {
  const smallest = Math.min(...losses);
  return [0.02, 0.5, 0.9].map((share) => Math.log(share * smallest));
}

/** log of the part of the first loss that lies above a floor. */
export function logAbove({ losses }: LossCurve, logFloor: number): number {
  const [first = Number.NaN] = losses;
  return Math.log(Math.max(first - Math.exp(logFloor), 0.02 * first));
}

/** The logarithms of the smallest and the largest budget. */
export function logRange({ budgets }: LossCurve): { low: number; high: number } {
  return { low: Math.log(budgets[0] ?? Number.NaN), high: Math.log(budgets.at(-1) ?? Number.NaN) };
}
