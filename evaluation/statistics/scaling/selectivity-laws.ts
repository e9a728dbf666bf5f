import { aicc } from '../aicc.js';
import type { SelectivityLawRow } from '../law-rows.js';
import { baselineOf, budgetsOf, isBaseline, type ScoredStage, seedsAt } from '../scored-stage.js';
import { studentQuantile } from '../student-t.js';
import type { TaskBootstrap } from '../task-bootstrap.js';

/** What a cell gained and what it cost elsewhere. */
type Point = { seed: number; x: number; y: number };

const LEAST_CELLS = 6;
const LEAST_SEEDS = 3;

/**
 * What damage goes with what effect, a line over the cells of a stage (budgets × seeds): KL on unrelated text against the
 * gain in margin, and that KL against the fall of the loss, where Kalajdzievski (2024, arXiv 2401.05605) found forgetting
 * linear in the fine-tuning loss. Least squares; the interval of the slope leaves out seed by seed (jackknife, Student's
 * t with seeds − 1 degrees of freedom), because cells of one seed share its examples. `curvature` tells when a parabola is better.
 */
export function selectivityLaws(bootstrap: TaskBootstrap): SelectivityLawRow[] {
  const stages = [...bootstrap.task.stages.values()].filter((stage) => !isBaseline(stage));
  return stages.flatMap((stage) => {
    const baseline = baselineOf(bootstrap.task, stage);
    if (baseline === undefined) return [];
    const kl = cellsOf(stage, (cell) => ({ x: gainOf(cell, baseline, 'margin'), y: cell.kl }));
    const forgetting = cellsOf(stage, (cell) => ({ x: gainOf(cell, baseline, 'loss'), y: cell.kl }));
    return [
      relationRow(stage, { relation: 'kl-gain', points: kl }, bootstrap),
      relationRow(stage, { relation: 'forgetting-loss', points: forgetting }, bootstrap),
    ];
  });
}

type Cell = NonNullable<ReturnType<NonNullable<ReturnType<ScoredStage['cells']['get']>>['get']>>;

function cellsOf(
  stage: ScoredStage,
  measure: (cell: Cell) => { x: number | null; y: number | null },
): Point[] {
  return budgetsOf(stage).flatMap((n) =>
    seedsAt(stage, n).flatMap((seed) => {
      const cell = stage.cells.get(n)?.get(seed);
      if (cell === undefined) return [];
      const { x, y } = measure(cell);
      return x === null || y === null ? [] : [{ seed, x, y }];
    }),
  );
}

/** Mean improvement over the untreated model: of the margin upwards, of the loss downwards. */
function gainOf(cell: Cell, baseline: ScoredStage, measure: 'margin' | 'loss'): number | null {
  const [untreated] = [...(baseline.cells.get(0)?.values() ?? [])];
  const [before, after] = [untreated?.[measure] ?? null, cell[measure]];
  if (before === null || after === null) return null;
  return measure === 'margin' ? mean(after) - mean(before) : mean(before) - mean(after);
}

function relationRow(
  { stage, method }: ScoredStage,
  { relation, points }: Pick<SelectivityLawRow, 'relation'> & { points: readonly Point[] },
  { task, settings }: TaskBootstrap,
): SelectivityLawRow {
  const seeds = [...new Set(points.map(({ seed }) => seed))];
  const place = {
    model: task.model,
    task: task.task,
    stage,
    method,
    relation,
    seeds: seeds.length,
    cells: points.length,
  };
  const reason = whyNot(points, seeds);
  if (reason !== null) return { ...place, ...NO_LINE, status: 'undecided', reason };
  const { intercept, slope, rSquared, residuals } = lineThrough(points);
  const left = seeds.map((seed) => lineThrough(points.filter((point) => point.seed !== seed)).slope);
  const centre = mean(left);
  const squares = left.reduce((sum, other) => sum + (other - centre) ** 2, 0);
  const error = Math.sqrt(((seeds.length - 1) / seeds.length) * squares);
  const half = error * studentQuantile((1 + settings.confidence) / 2, seeds.length - 1);
  const [line, parabola] = [aicc(residuals, 2), aicc(parabolaResiduals(points), 3)];
  return {
    ...place,
    status: 'fitted',
    reason: null,
    intercept,
    slope,
    slope_low: slope - half,
    slope_high: slope + half,
    r_squared: rSquared,
    curvature: line === null || parabola === null ? null : line - parabola,
  };
}

const NO_LINE = {
  intercept: null,
  slope: null,
  slope_low: null,
  slope_high: null,
  r_squared: null,
  curvature: null,
};

function whyNot(points: readonly Point[], seeds: readonly number[]): string | null {
  if (points.length === 0) return 'no unrelated text was scored, or items have no losses';
  if (seeds.length < LEAST_SEEDS) return `${seeds.length} seeds; an interval needs ${LEAST_SEEDS}`;
  if (points.length < LEAST_CELLS) return `${points.length} cells; a line needs ${LEAST_CELLS}`;
  if (!gainsDiffer(points)) return 'every cell gains the same';
  if (!(spread(points.map(({ y }) => y)) > 1e-12)) return 'every cell costs the same';
  if (new Set(seeds.map((seed) => JSON.stringify(valuesOf(points, seed)))).size === 1)
    return 'every seed has the same cells';
  const alone = seeds.find((seed) => !gainsDiffer(points.filter((point) => point.seed !== seed)));
  return alone === undefined ? null : `without seed ${alone} every cell gains the same`;
}

function valuesOf(points: readonly Point[], wanted: number): number[][] {
  return points.filter(({ seed }) => seed === wanted).map(({ x, y }) => [x, y]);
}

function gainsDiffer(points: readonly Point[]): boolean {
  return spread(points.map(({ x }) => x)) > 1e-9;
}

function spread(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

function lineThrough(points: readonly Point[]) {
  const [xMean, yMean] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
  const xSquares = points.reduce((sum, { x }) => sum + (x - xMean) ** 2, 0);
  const ySquares = points.reduce((sum, { y }) => sum + (y - yMean) ** 2, 0);
  const slope = points.reduce((sum, { x, y }) => sum + (x - xMean) * (y - yMean), 0) / xSquares;
  const intercept = yMean - slope * xMean;
  const residuals = points.map(({ x, y }) => y - intercept - slope * x);
  const left = residuals.reduce((sum, residual) => sum + residual ** 2, 0);
  return { intercept, slope, residuals, rSquared: 1 - left / ySquares };
}

/** Residuals of the parabola: those of y about its line in x, about their line in what of x² a line leaves. */
function parabolaResiduals(points: readonly Point[]): number[] {
  const y = lineThrough(points).residuals;
  const squares = lineThrough(points.map(({ seed, x }) => ({ seed, x, y: x * x }))).residuals;
  const size = squares.reduce((sum, square) => sum + square ** 2, 0);
  if (!(size > 0)) return y;
  const factor = squares.reduce((sum, square, index) => sum + square * (y[index] ?? Number.NaN), 0) / size;
  return y.map((residual, index) => residual - factor * (squares[index] ?? Number.NaN));
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index] ?? Number.NaN;
  return sum / values.length;
}
