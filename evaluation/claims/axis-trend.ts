import { combine, type Estimate } from '../statistics/bootstrap.js';
import { type Pairs, rankCorrelation } from '../statistics/rank-correlation.js';
import { type ComplexityCell, strataAlong } from './complexity-cells.js';

export type CellEstimate = { cell: ComplexityCell; estimate: Estimate };

/** How an outcome moves along one axis of complexity. */
export type AxisTrend = {
  /** Spearman's coefficient within strata; NaN in a resample whose outcomes are all equal. */
  correlation: Estimate;
  /** What a least-squares line over log₂(level) changes from the lowest level to the highest, in the outcome's unit. */
  change: Estimate;
  cells: CellEstimate[];
};

/** The trend along an axis over cells that differ on it alone; undefined where no two do. */
export function axisTrend(estimates: readonly CellEstimate[], axis: string): AxisTrend | undefined {
  const strata = strataAlong(
    estimates.map((estimate) => ({ ...estimate, levels: estimate.cell.levels })),
    axis,
  );
  if (strata.length === 0) return undefined;
  const cells = strata.flat();
  const sizes = strata.map(({ length }) => length);
  const x = cells.map(({ levels }) => Math.log2(levels[axis] ?? Number.NaN));
  const overCells = (statistic: (pairs: Pairs[]) => number) =>
    combine(
      cells.map(({ estimate }) => estimate),
      (y) => statistic(pairsOf(sizes, x, y)),
    );
  return { correlation: overCells(rankCorrelation), change: overCells(lineChange), cells };
}

/** Slope of one line with an intercept for each stratum, times the range of x. */
function lineChange(strata: readonly Pairs[]): number {
  let [xx, xy] = [0, 0];
  for (const { x, y } of strata) {
    const [meanX, meanY] = [mean(x), mean(y)];
    for (const [index, value] of x.entries()) {
      xx += (value - meanX) ** 2;
      xy += (value - meanX) * ((y[index] ?? Number.NaN) - meanY);
    }
  }
  const all = strata.flatMap(({ x }) => x);
  return (xy / xx) * (Math.max(...all) - Math.min(...all));
}

function pairsOf(sizes: readonly number[], x: readonly number[], y: readonly number[]): Pairs[] {
  let start = 0;
  return sizes.map((size) => {
    const end = start + size;
    const pairs = { x: x.slice(start, end), y: y.slice(start, end) };
    start = end;
    return pairs;
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
