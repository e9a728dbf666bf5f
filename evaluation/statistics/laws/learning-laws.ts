import { percentileInterval } from '../bootstrap.js';
import type { LawCurveRow, LawRow } from '../law-rows.js';
import { budgetsOf, isBaseline, type ScoredStage } from '../scored-stage.js';
import type { TaskBootstrap } from '../task-bootstrap.js';
import type { Candidate } from './candidates.js';
import type { LawParameters } from './curve-law.js';
import { allCells, type FittedCurve, fittedCurve, parameterInterval } from './fitted-curve.js';

/** Points between the smallest and the largest budget at which a fitted curve is written down. */
const DRAWN_POINTS = 33;

/** The laws of every learning curve of a task: a row a law, and the chosen one as a curve with its band. */
export function learningLaws(bootstrap: TaskBootstrap): { laws: LawRow[]; curves: LawCurveRow[] } {
  const stages = [...bootstrap.task.stages.values()].filter((stage) => !isBaseline(stage));
  const fitted = stages.map((stage) => ({
    stage,
    curve: fittedCurve(stage, allCells(stage, budgetsOf(stage)), bootstrap),
  }));
  return {
    laws: fitted.flatMap(({ stage, curve }) =>
      typeof curve === 'string' ? [withoutCurve(stage, curve, bootstrap)] : lawRows(curve, bootstrap),
    ),
    curves: fitted.flatMap(({ curve }) => (typeof curve === 'string' ? [] : curveRows(curve, bootstrap))),
  };
}

const NO_PARAMETERS = {
  scale: null,
  prelearned: null,
  exponent: null,
  decay: null,
  floor: null,
  exponent_low: null,
  exponent_high: null,
  floor_low: null,
  floor_high: null,
};

function withoutCurve(stage: ScoredStage, reason: string, bootstrap: TaskBootstrap): LawRow {
  return {
    ...placeOf(stage, bootstrap),
    task_type: bootstrap.task.task_type,
    law: 'rectified',
    chosen: false,
    status: 'undecided',
    reason,
    ...NO_PARAMETERS,
    rmsd: null,
    aicc: null,
    held_out_n: null,
    held_out_error: null,
    converged: false,
    agreeing: 0,
    budgets: budgetsOf(stage).length,
    cells: budgetsOf(stage).reduce((sum, n) => sum + (stage.cells.get(n)?.size ?? 0), 0),
    seeds: 0,
    items: stage.items.length,
    resamples: 0,
  };
}

function lawRows(curve: FittedCurve, bootstrap: TaskBootstrap): LawRow[] {
  const { stage, budgets, cells, seeds, draws } = curve;
  return curve.candidates.map((candidate) => {
    const chosen = candidate === curve.chosen;
    return {
      ...placeOf(stage, bootstrap),
      task_type: bootstrap.task.task_type,
      law: candidate.law,
      chosen,
      status: candidate.reason === null ? 'fitted' : 'undecided',
      reason: candidate.reason,
      ...NO_PARAMETERS,
      ...parametersOf(candidate, curve),
      ...(chosen && intervalsOf(candidate, curve, bootstrap)),
      rmsd: candidate.rmsd,
      aicc: candidate.aicc,
      held_out_n: candidate.heldOutError === null ? null : (budgets.at(-1) ?? null),
      held_out_error: candidate.heldOutError,
      converged: candidate.fit?.converged ?? candidate.reason === null,
      agreeing: candidate.fit?.agreeing ?? 0,
      budgets: budgets.length,
      cells,
      seeds,
      items: stage.items.length,
      resamples: chosen ? draws.length : 0,
    };
  });
}

function parametersOf({ fit }: Candidate, curve: FittedCurve): Partial<LawParameters> {
  return fit === undefined ? {} : fit.law.named(fit.parameters, meansOf(curve));
}

function intervalsOf({ fit }: Candidate, curve: FittedCurve, { settings }: TaskBootstrap): Partial<LawRow> {
  if (fit === undefined) return {};
  const means = meansOf(curve);
  const interval = (name: 'exponent' | 'floor') =>
    parameterInterval(curve, settings.confidence, (parameters) => fit.law.named(parameters, means)[name]);
  const [exponent, floor] = [interval('exponent'), interval('floor')];
  return {
    exponent_low: exponent?.low ?? null,
    exponent_high: exponent?.high ?? null,
    floor_low: floor?.low ?? null,
    floor_high: floor?.high ?? null,
  };
}

function meansOf({ budgets, losses }: FittedCurve) {
  return { budgets, losses: losses.map(({ point }) => point) };
}

function curveRows(curve: FittedCurve, bootstrap: TaskBootstrap): LawCurveRow[] {
  const { confidence } = bootstrap.settings;
  return drawnBudgets(curve.budgets).map((n) => {
    const logs = percentileInterval(curve.at(Math.log(n)), confidence);
    const place = curve.budgets.indexOf(n);
    const loss = curve.losses[place];
    const observed = loss === undefined ? undefined : percentileInterval(loss, confidence);
    return {
      ...placeOf(curve.stage, bootstrap),
      law: curve.chosen.law,
      n,
      fitted: Math.exp(logs.value),
      fitted_low: Math.exp(logs.low),
      fitted_high: Math.exp(logs.high),
      observed: observed?.value ?? null,
      observed_low: observed?.low ?? null,
      observed_high: observed?.high ?? null,
      residual: observed === undefined ? null : Math.log(observed.value) - logs.value,
    };
  });
}

/** The budgets, and points between the smallest and the largest at equal distances over log N; ascending. */
export function drawnBudgets(budgets: readonly number[]): number[] {
  const [first, last] = [Math.log(budgets[0] ?? Number.NaN), Math.log(budgets.at(-1) ?? Number.NaN)];
  const inner = Array.from({ length: DRAWN_POINTS - 2 }, (_, index) =>
    Math.exp(first + ((index + 1) / (DRAWN_POINTS - 1)) * (last - first)),
  );
  const apart = inner.filter((n) => budgets.every((budget) => Math.abs(Math.log(n / budget)) > 1e-9));
  return [...budgets, ...apart].sort((one, other) => one - other);
}

function placeOf({ stage, method }: ScoredStage, { task }: TaskBootstrap) {
  return { model: task.model, task: task.task, stage, method };
}
