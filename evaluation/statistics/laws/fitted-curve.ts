import { type Estimate, hasLogarithm, NO_LOGARITHM, percentileInterval } from '../bootstrap.js';
import { bracketed } from '../interpolation.js';
import { type ScoredStage, seedsAt } from '../scored-stage.js';
import type { TaskBootstrap } from '../task-bootstrap.js';
import { type Candidate, candidates, chosenOf } from './candidates.js';
import { refitLaw } from './fit-law.js';
import { fallingLogLosses } from './monotone.js';

/** A stage's learning curve in loss, the laws that were fitted to it, and the chosen one in every resample. */
export type FittedCurve = {
  stage: ScoredStage;
  budgets: readonly number[];
  seeds: number;
  cells: number;
  /** Mean loss at every budget, with its resamples. */
  losses: readonly Estimate[];
  candidates: readonly Candidate[];
  chosen: Candidate;
  /** Parameters of the chosen law in every resample; of interpolation the log losses at the budgets. */
  draws: readonly Float64Array[];
  /** log L by the chosen law at log N = x: as fitted, and in every resample. */
  at(x: number): Estimate;
};

/** Budgets, and the seeds of each that count. */
export type CurveCells = readonly { n: number; seeds: readonly number[] }[];

/** All that succeeded of a stage. */
export function allCells(stage: ScoredStage, budgets: readonly number[]): CurveCells {
  return budgets.map((n) => ({ n, seeds: seedsAt(stage, n) }));
}

const known = new WeakMap<TaskBootstrap, Map<string, FittedCurve | string>>();

/** As `fitCurve`, which every pair of a stage asks for again: a task's curves are fitted once. */
export function fittedCurve(
  stage: ScoredStage,
  points: CurveCells,
  bootstrap: TaskBootstrap,
): FittedCurve | string {
  const curves = known.get(bootstrap) ?? new Map<string, FittedCurve | string>();
  known.set(bootstrap, curves);
  const name = JSON.stringify([stage.stage, points]);
  const curve = curves.get(name) ?? fitCurve(stage, points, bootstrap);
  curves.set(name, curve);
  return curve;
}

/**
 * Fits every law to a stage's mean losses and the chosen one to each resample, from the fit's own parameters on.
 * A text says why there is no curve: fewer than two budgets, items without option probabilities, or no loss at all.
 */
function fitCurve(stage: ScoredStage, points: CurveCells, bootstrap: TaskBootstrap): FittedCurve | string {
  const budgets = points.map(({ n }) => n);
  if (budgets.length < 2) return `${budgets.length} budgets, a curve needs two`;
  const losses = points.flatMap(({ n, seeds }) => bootstrap.meanLoss(stage, n, seeds) ?? []);
  if (losses.length < budgets.length) return 'items without option probabilities';
  if (!losses.every(hasLogarithm)) return NO_LOGARITHM;
  const cells = points.map(({ n, seeds }) =>
    seeds.map((seed) => meanOf(stage.cells.get(n)?.get(seed)?.loss)),
  );
  const means = losses.map(({ point }) => point);
  const all = candidates({ budgets, losses: means, cells });
  const chosen = chosenOf(all);
  const draws = drawnParameters(chosen, budgets, losses);
  const logLoss = logLossOf(chosen, budgets);
  const fitted = chosen.fit?.parameters ?? Float64Array.from(fallingLogLosses(means));
  return {
    stage,
    budgets,
    seeds: Math.max(...points.map(({ seeds }) => seeds.length)),
    cells: cells.flat().length,
    losses,
    candidates: all,
    chosen,
    draws,
    at: (x) => ({
      point: logLoss(fitted, x),
      draws: Float64Array.from(draws, (parameters) => logLoss(parameters, x)),
    }),
  };
}

/** The interval of a number that follows from the parameters of each resample. */
export function parameterInterval(
  { draws }: FittedCurve,
  confidence: number,
  value: (parameters: Float64Array) => number | null,
): { low: number; high: number } | undefined {
  const values = draws.flatMap((parameters) => value(parameters) ?? []);
  if (values.length === 0) return undefined;
  return percentileInterval({ point: Number.NaN, draws: Float64Array.from(values) }, confidence);
}

function drawnParameters(
  chosen: Candidate,
  budgets: readonly number[],
  losses: readonly Estimate[],
): Float64Array[] {
  const resamples = losses[0]?.draws.length ?? 0;
  return Array.from({ length: resamples }, (_, resample) => {
    const drawn = losses.map(({ draws }) => draws[resample] ?? Number.NaN);
    return chosen.fit === undefined
      ? Float64Array.from(fallingLogLosses(drawn))
      : refitLaw(chosen.fit, { budgets, losses: drawn }).parameters;
  });
}

function logLossOf({ fit }: Candidate, budgets: readonly number[]) {
  const places = budgets.map(Math.log);
  return (parameters: Float64Array, x: number): number =>
    fit === undefined ? bracketed(places, parameters, x) : fit.law.logLoss(parameters, x);
}

function meanOf(values: Float64Array | null | undefined): number {
  if (values === null || values === undefined || values.length === 0) return Number.NaN;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
