import type { FactRow } from '../../../schemas/tables.js';
import { aicc } from '../aicc.js';
import { type Estimate, hasLogarithm, NO_LOGARITHM, percentileInterval } from '../bootstrap.js';
import { groupBy } from '../group-by.js';
import { Capability, type ScalingPointRow, type ScalingRow } from '../law-rows.js';
import { budgetsOf, isBaseline, type ScoredStage, seedsAt } from '../scored-stage.js';
import type { TaskBootstrap } from '../task-bootstrap.js';
import { logCapability } from './capability.js';
import {
  fitJoint,
  type JointFit,
  type JointForm,
  type JointPoint,
  jointLogLoss,
  jointParameters,
  jointSize,
} from './joint-law.js';

/** A law is refitted to as many resamples. */
export const SCALING_RESAMPLES = 200;

const LEAST_MODELS = 3;
const LEAST_BUDGETS = 3;

/** Losses that differ by less, relatively, are one loss. */
const SAME = 1e-9;

/** A point of a stage's surface: a model at a budget. */
type Measured = { model: string; n: number; seeds: number; x: Estimate; loss: Estimate };
type Surface = { stage: ScoredStage; points: readonly Measured[] };

/** Stages fitted with one β and E, or each by itself. */
type Variant = { form: JointForm; sharing: ScalingRow['sharing'] };

const VARIANTS: readonly Variant[] = [
  { form: 'multiplicative', sharing: 'separate' },
  { form: 'multiplicative', sharing: 'shared' },
  { form: 'additive', sharing: 'separate' },
  { form: 'additive', sharing: 'shared' },
];

/**
 * Joint laws of loss in capability and examples over the models that a study has of one task, for every notion of
 * capability that is known: both forms, with β and E of each stage's own or shared by all. The lowest AICc of a task, all
 * stages together, is chosen. Every fit is repeated without the most capable model, whose losses it then predicts. Fewer
 * than three models or three budgets bear no law. Intervals resample seeds and items, and there are none where a cell has
 * one seed; models are those there are.
 */
export function scalingLaws(
  bootstraps: readonly TaskBootstrap[],
  { facts, confidence }: { facts: readonly FactRow[]; confidence: number },
): { scaling: ScalingRow[]; scalingPoints: ScalingPointRow[] } {
  const tasks = [...groupBy(bootstraps, ({ task }) => task.task).values()].filter(({ length }) => length > 1);
  const results = tasks.flatMap((models) =>
    Capability.options.map((capability) => taskLaws(models, { capability, facts, confidence })),
  );
  return {
    scaling: results.flatMap(({ scaling }) => scaling),
    scalingPoints: results.flatMap(({ scalingPoints }) => scalingPoints),
  };
}

type Options = { capability: Capability; facts: readonly FactRow[]; confidence: number };

function taskLaws(models: readonly TaskBootstrap[], options: Options) {
  const surfaces = surfacesOf(models, options);
  const task = models[0]?.task;
  if (task === undefined || surfaces.length === 0) return { scaling: [], scalingPoints: [] };
  const place = (surface: Surface) => ({
    task: task.task,
    task_type: task.task_type,
    stage: surface.stage.stage,
    method: surface.stage.method,
    capability: options.capability,
    models: new Set(surface.points.map(({ x }) => x.point)).size,
    points: surface.points.length,
  });
  const reason = whyNot(surfaces);
  if (reason !== null) {
    const none = { ...NO_LAW, form: 'multiplicative' as const, sharing: 'separate' as const, reason };
    return {
      scaling: surfaces.map((surface): ScalingRow => ({ ...place(surface), ...none })),
      scalingPoints: [],
    };
  }
  const fits = VARIANTS.map((variant) => ({ variant, ...variantFit(surfaces, variant) }));
  const best = fits
    .filter((fit) => fit.aicc !== null && fit.parts.every(({ fit: { converged } }) => converged))
    .toSorted((one, other) => (one.aicc ?? 0) - (other.aicc ?? 0))[0];
  const scaling = fits.flatMap((fit) =>
    surfaces.map((surface): ScalingRow => {
      const chosen = fit === best;
      return {
        ...place(surface),
        ...fit.variant,
        chosen,
        ...columnsOf(fit, surface, { ...options, chosen }),
      };
    }),
  );
  return {
    scaling,
    scalingPoints: surfaces.flatMap((surface) => pointRows(surface, best, { task: task.task, ...options })),
  };
}

/** What every model that has a capability makes of a stage, at the budgets that it has. */
function surfacesOf(models: readonly TaskBootstrap[], { capability, facts }: Options): Surface[] {
  const known = models.flatMap((bootstrap) => {
    const x = logCapability(capability, { bootstrap, facts });
    return x === undefined ? [] : [{ bootstrap, x }];
  });
  const names = new Set(
    known.flatMap(({ bootstrap }) =>
      [...bootstrap.task.stages.values()].filter((stage) => !isBaseline(stage)).map(({ stage }) => stage),
    ),
  );
  return [...names].flatMap((name) => {
    const points = known.flatMap(({ bootstrap, x }) => {
      const stage = bootstrap.task.stages.get(name);
      if (stage === undefined) return [];
      return budgetsOf(stage).flatMap((n) => {
        const seeds = seedsAt(stage, n);
        const loss = bootstrap.meanLoss(stage, n, seeds);
        return loss === undefined ? [] : [{ model: bootstrap.task.model, n, seeds: seeds.length, x, loss }];
      });
    });
    const stage = known
      .map(({ bootstrap }) => bootstrap.task.stages.get(name))
      .find((found) => found !== undefined);
    return stage === undefined || points.length === 0 ? [] : [{ stage, points }];
  });
}

function whyNot(surfaces: readonly Surface[]): string | null {
  for (const { stage, points } of surfaces) {
    const models = new Set(points.map(({ x }) => x.point)).size;
    const budgets = new Set(points.map(({ n }) => n)).size;
    if (models < LEAST_MODELS)
      return `${stage.stage}: ${models === 1 ? 'one capability' : `${models} capabilities`}; a law needs ${LEAST_MODELS}`;
    if (budgets < LEAST_BUDGETS) return `${stage.stage}: ${budgets} budgets; a law needs ${LEAST_BUDGETS}`;
    const needed = jointSize('additive', 1) + 2;
    if (points.length < needed) return `${stage.stage}: ${points.length} points; a law needs ${needed}`;
    if (!points.every(({ loss }) => hasLogarithm(loss))) return `${stage.stage}: ${NO_LOGARITHM}`;
    const losses = points.map(({ loss }) => loss.point);
    if (Math.max(...losses) <= Math.min(...losses) * (1 + SAME))
      return `${stage.stage}: every mean loss is the same`;
  }
  return null;
}

type VariantFit = {
  aicc: number | null;
  /** A fit with the surfaces it is of: all of them where β and E are shared, else one. */
  parts: { fit: JointFit; surfaces: readonly Surface[] }[];
};

function variantFit(surfaces: readonly Surface[], { form, sharing }: Variant): VariantFit {
  const groups = sharing === 'shared' ? [surfaces] : surfaces.map((surface) => [surface]);
  const parts = groups.map((group) => ({ fit: fitJoint(pointsOf(group), form), surfaces: group }));
  const residuals = parts.flatMap(({ fit, surfaces: group }) => residualsOf(fit, pointsOf(group)));
  const parameters = parts.reduce((sum, { fit }) => sum + jointSize(form, fit.stages), 0);
  return { aicc: aicc(residuals, parameters), parts };
}

/** Points as observed, or of a resample; capabilities without resamples are known exactly. */
function pointsOf(surfaces: readonly Surface[], resample?: number): JointPoint[] {
  const seen = ({ point, draws }: Estimate) =>
    resample === undefined || draws.length === 0 ? point : (draws[resample] ?? Number.NaN);
  return surfaces.flatMap(({ points }, stage) =>
    points.map(({ n, x, loss }) => ({ x: seen(x), z: Math.log(n), loss: seen(loss), stage })),
  );
}

function residualsOf(fit: JointFit, points: readonly JointPoint[]): number[] {
  return points.map((point) => jointLogLoss(fit, point) - Math.log(point.loss));
}

function columnsOf(
  variant: VariantFit,
  surface: Surface,
  { chosen, confidence }: { chosen: boolean; confidence: number },
) {
  const part = variant.parts.find(({ surfaces }) => surfaces.includes(surface));
  if (part === undefined)
    throw new Error(`scaling law of ${surface.stage.stage}: found no fit, expected one`);
  const { fit, surfaces } = part;
  if (!fit.converged) return { ...NO_LAW, chosen, reason: 'the search did not converge' };
  const index = surfaces.indexOf(surface);
  const own = jointParameters(fit, index);
  const residuals = residualsOf(
    fit,
    pointsOf(surfaces).filter(({ stage }) => stage === index),
  );
  return {
    status: 'fitted' as const,
    reason: null,
    scale: Math.exp(own.logScale),
    data_scale: own.logDataScale === null ? null : Math.exp(own.logDataScale),
    alpha: own.alpha,
    beta: own.beta,
    floor: Math.exp(own.logFloor),
    rmsd: rootMeanSquare(residuals),
    aicc: variant.aicc,
    ...heldOut(part, index),
    ...(chosen ? intervalsOf(part, index, confidence) : NO_INTERVALS),
  };
}

const NO_INTERVALS = { alpha_low: null, alpha_high: null, beta_low: null, beta_high: null, resamples: 0 };
const NO_LAW = {
  chosen: false,
  status: 'undecided' as const,
  scale: null,
  data_scale: null,
  alpha: null,
  beta: null,
  floor: null,
  rmsd: null,
  aicc: null,
  held_out_model: null,
  held_out_error: null,
  ...NO_INTERVALS,
};

type Part = VariantFit['parts'][number];

/** The error on the most capable model of a fit to all others. */
function heldOut({ fit, surfaces }: Part, index: number) {
  const all = surfaces.flatMap(({ points }) => points);
  const strongest = all.reduce((one, other) => (other.x.point > one.x.point ? other : one)).model;
  const part = (keep: (model: string) => boolean) =>
    pointsOf(
      surfaces.map(({ stage, points }) => ({ stage, points: points.filter(({ model }) => keep(model)) })),
    );
  const others = part((model) => model !== strongest);
  const unseen = part((model) => model === strongest).filter(({ stage }) => stage === index);
  if (others.length < jointSize(fit.form, fit.stages) || unseen.length === 0)
    return { held_out_model: null, held_out_error: null };
  const rest = fitJoint(others, fit.form);
  const error = rest.converged ? rootMeanSquare(residualsOf(rest, unseen)) : null;
  return { held_out_model: error === null ? null : strongest, held_out_error: error };
}

/** None where some point rests on one seed: the luck of its examples is in no resample. */
function intervalsOf({ fit, surfaces }: Part, index: number, confidence: number) {
  if (surfaces.some(({ points }) => points.some(({ seeds }) => seeds < 2))) return NO_INTERVALS;
  const drawn = surfaces.flatMap(({ points }) => points.map(({ loss }) => loss.draws.length));
  const resamples = Math.min(SCALING_RESAMPLES, ...drawn);
  const fits = Array.from({ length: resamples }, (_, resample) =>
    jointParameters(fitJoint(pointsOf(surfaces, resample), fit.form, fit), index),
  );
  const interval = (name: 'alpha' | 'beta') =>
    percentileInterval({ point: Number.NaN, draws: Float64Array.from(fits, (own) => own[name]) }, confidence);
  const [alpha, beta] = [interval('alpha'), interval('beta')];
  return {
    alpha_low: alpha.low,
    alpha_high: alpha.high,
    beta_low: beta.low,
    beta_high: beta.high,
    resamples,
  };
}

function pointRows(
  surface: Surface,
  best: VariantFit | undefined,
  { task, capability }: { task: string; capability: Capability },
): ScalingPointRow[] {
  const part = best?.parts.find(({ surfaces }) => surfaces.includes(surface));
  return surface.points.map(({ model, n, x, loss }) => {
    const fitted =
      part === undefined
        ? null
        : jointLogLoss(part.fit, { x: x.point, z: Math.log(n), stage: part.surfaces.indexOf(surface) });
    const { stage, method } = surface.stage;
    return {
      model,
      task,
      stage,
      method,
      capability,
      x: Math.exp(x.point),
      n,
      observed: loss.point,
      fitted: fitted === null ? null : Math.exp(fitted),
      residual: fitted === null ? null : Math.log(loss.point) - fitted,
    };
  });
}

function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
