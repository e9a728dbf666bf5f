import { aicc } from '../aicc.js';
import type { CurveLaw, LossCurve } from './curve-law.js';
import { exponential } from './exponential.js';
import { fitLaw, type LawFit, logRmsd } from './fit-law.js';
import { fallingLogLosses, levelsOf, monotoneLogLoss } from './monotone.js';
import { power } from './power.js';
import { rectified } from './rectified.js';

/** What a law made of a learning curve: its fit, or why there is none. */
export type Candidate = {
  law: CurveLaw['name'] | 'monotone';
  fit: LawFit | undefined;
  reason: string | null;
  rmsd: number | null;
  aicc: number | null;
  /** Predicted − observed log L at the largest budget, which this refit has not seen. */
  heldOutError: number | null;
};

/** Mean losses by budget, and behind each the mean losses of its cells, a seed each. */
export type MeasuredCurve = LossCurve & { cells: readonly (readonly number[])[] };

const LAWS: readonly CurveLaw[] = [rectified, power, exponential];

/**
 * Every law's fit of a learning curve. A law needs one budget more than it has parameters. AICc (Hurvich and Tsai 1989)
 * is over cells, whose errors of log L it takes for normal and independent: the items they share shift them all alike.
 */
export function candidates(curve: MeasuredCurve): Candidate[] {
  return [...LAWS.map((law) => parametric(law, curve)), monotone(curve)];
}

/**
 * The law in use: the rectified one, unless a rival has both a lower AICc and a smaller error at the held-out largest
 * budget; where it cannot be fitted the lowest AICc among those that can; interpolation where there is no other.
 */
export function chosenOf(all: readonly Candidate[]): Candidate {
  const fitted = all.filter(({ reason }) => reason === null);
  const byAicc = fitted
    .filter((candidate) => candidate.aicc !== null)
    .toSorted((one, other) => (one.aicc ?? 0) - (other.aicc ?? 0));
  const standard = fitted.find(({ law }) => law === 'rectified');
  const better = byAicc.find((rival) => standard !== undefined && beats(rival, standard));
  const last = fitted.find(({ law }) => law === 'monotone');
  const chosen = better ?? standard ?? byAicc[0] ?? last;
  if (chosen === undefined)
    throw new Error('learning curve: found no law that can be fitted, expected interpolation at least');
  return chosen;
}

function beats(rival: Candidate, standard: Candidate): boolean {
  if (rival.aicc === null || standard.aicc === null) return false;
  if (rival.heldOutError === null || standard.heldOutError === null) return false;
  return rival.aicc < standard.aicc && Math.abs(rival.heldOutError) < Math.abs(standard.heldOutError);
}

function parametric(law: CurveLaw, curve: MeasuredCurve): Candidate {
  const none = { law: law.name, fit: undefined, rmsd: null, aicc: null, heldOutError: null };
  const needed = law.parameters + 1;
  if (curve.budgets.length < needed)
    return {
      ...none,
      reason: `${curve.budgets.length} budgets; ${law.parameters} parameters need ${needed}`,
    };
  const fit = fitLaw(law, curve);
  if (!fit.converged) return { ...none, reason: 'the search did not converge' };
  const at = (n: number) => law.logLoss(fit.parameters, Math.log(n));
  return {
    law: law.name,
    fit,
    reason: null,
    rmsd: logRmsd(fit, curve),
    aicc: aiccOver(curve, at, law.parameters),
    heldOutError: heldOut(curve, (rest, n) => {
      const { parameters } = fitLaw(law, rest);
      return law.logLoss(parameters, Math.log(n));
    }),
  };
}

function monotone(curve: MeasuredCurve): Candidate {
  const levels = fallingLogLosses(curve.losses);
  const at = (n: number) => monotoneLogLoss(curve, levels, Math.log(n));
  const squares = curve.budgets.map((n, index) => (at(n) - Math.log(curve.losses[index] ?? Number.NaN)) ** 2);
  return {
    law: 'monotone',
    fit: undefined,
    reason: null,
    rmsd: Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length),
    aicc: aiccOver(curve, at, levelsOf(levels)),
    heldOutError: heldOut(curve, (rest) => fallingLogLosses(rest.losses).at(-1) ?? Number.NaN),
  };
}

function aiccOver(curve: MeasuredCurve, logLoss: (n: number) => number, parameters: number): number | null {
  const residuals = curve.budgets.flatMap((n, index) => {
    const fitted = logLoss(n);
    return (curve.cells[index] ?? []).map((loss) => Math.log(loss) - fitted);
  });
  return aicc(residuals, parameters);
}

function heldOut(curve: LossCurve, predict: (rest: LossCurve, n: number) => number): number | null {
  const largest = curve.budgets.at(-1);
  const observed = curve.losses.at(-1);
  const rest = { budgets: curve.budgets.slice(0, -1), losses: curve.losses.slice(0, -1) };
  if (largest === undefined || observed === undefined || rest.budgets.length === 0) return null;
  return predict(rest, largest) - Math.log(observed);
}
