import type { CurveLaw, LossCurve } from './curve-law.js';
import { type Minimum, minimum, type Residuals } from './levenberg-marquardt.js';

/**
 * Residuals of log L within ten per cent count squared, larger ones linearly: one bad budget does not bend a curve. The
 * 1e-3 of Hoffmann et al. (2022) is for training losses, known to three digits; means over test items are not.
 */
export const HUBER_DELTA = 0.1;

export type LawFit = {
  law: CurveLaw;
  parameters: Float64Array;
  /** Σ Huber of the residuals of log L. */
  loss: number;
  converged: boolean;
  /** Searches that were followed to their end, and those of them that ended within one part in a million of the best loss. */
  finalists: number;
  agreeing: number;
};

// From every start a short search; the most promising ones are followed to their end.
const FINALISTS = 8;

/**
 * The best of the searches from a grid of starts (Hoffmann et al. 2022; Besiroglu et al. 2024: one early stop changes
 * published exponents, so the best optimum is kept and it is said how many searches found it).
 * Throws on a loss that is not positive, or fewer points than parameters.
 */
export function fitLaw(law: CurveLaw, curve: LossCurve, delta: number = HUBER_DELTA): LawFit {
  checkCurve(law, curve);
  const first = law.starts(curve).map((start) => search(law, curve, { start, delta, maxIterations: 30 }));
  const leading = first.toSorted((one, other) => one.loss - other.loss).slice(0, FINALISTS);
  const found = leading.map(({ parameters }) => search(law, curve, { start: [...parameters], delta }));
  const best = found.reduce((one, other) => (other.loss < one.loss ? other : one));
  const near = best.loss + 1e-6 * best.loss + 1e-12;
  const agreeing = found.filter(({ loss }) => loss <= near).length;
  const { parameters, loss, converged } = best;
  return { law, parameters, loss, converged, finalists: found.length, agreeing };
}

/** The minimum next to a known one, for a curve that differs a little from that one's. */
export function refitLaw(
  { law, parameters }: Pick<LawFit, 'law' | 'parameters'>,
  curve: LossCurve,
  delta: number = HUBER_DELTA,
): Minimum {
  return search(law, curve, { start: [...parameters], delta, maxIterations: 60 });
}

/** Root mean square of the residuals of log L, the measure of Lin et al. 2024. */
export function logRmsd({ law, parameters }: Pick<LawFit, 'law' | 'parameters'>, curve: LossCurve): number {
  const squares = curve.budgets.map(
    (n, index) => (law.logLoss(parameters, Math.log(n)) - Math.log(curve.losses[index] ?? Number.NaN)) ** 2,
  );
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}

type Search = { start: readonly number[]; delta: number; maxIterations?: number };

function search(law: CurveLaw, curve: LossCurve, { start, delta, maxIterations = 500 }: Search): Minimum {
  const points = curve.budgets.length;
  return minimum(residualsOf(law, curve), start, { points, box: law.box(curve), delta, maxIterations });
}

function residualsOf(law: CurveLaw, { budgets, losses }: LossCurve): Residuals {
  const x = budgets.map(Math.log);
  const y = losses.map(Math.log);
  return (parameters, residuals, slopes) => {
    for (const [point, place] of x.entries()) {
      residuals[point] = law.logLoss(parameters, place) - (y[point] ?? Number.NaN);
      if (slopes !== undefined) law.slopes(parameters, place, slopes, point * law.parameters);
    }
  };
}

function checkCurve(law: CurveLaw, { budgets, losses }: LossCurve): void {
  if (budgets.length < law.parameters || budgets.length !== losses.length) {
    throw new RangeError(
      `${law.name} law: found ${losses.length} losses at ${budgets.length} budgets, expected one each at ${law.parameters} or more`,
    );
  }
  const unfit = [...budgets, ...losses].find((value) => !(value > 0 && Number.isFinite(value)));
  if (unfit !== undefined) {
    throw new RangeError(`${law.name} law: found ${unfit}, expected positive budgets and losses`);
  }
}
