/** A point with the standard errors of both coordinates. */
export type UncertainPoint = { x: number; y: number; xError: number; yError: number };

export type Line = {
  intercept: number;
  slope: number;
  /** Standard errors from the points' own errors. */
  interceptError: number;
  slopeError: number;
  /** Weighted squares of the distances ÷ (points − 2): 1 where the errors explain the scatter; null with two points. */
  scatter: number | null;
};

/**
 * The straight line through points with errors in both coordinates (York et al. 2004, American Journal of Physics 72,
 * 367, for uncorrelated errors): the maximum-likelihood slope by iteration, its standard error at the adjusted points.
 * Throws on fewer than two points, an error in y that is not positive, or points of one x.
 */
export function yorkLine(points: readonly UncertainPoint[]): Line {
  if (points.length < 2) throw new RangeError(`line: found ${points.length} points, expected two or more`);
  const unfit = points.find(({ yError, xError }) => !(yError > 0) || !(xError >= 0));
  if (unfit !== undefined)
    throw new RangeError(
      `line: found errors ${unfit.xError} and ${unfit.yError}, expected 0 or more and more than 0`,
    );
  let slope = leastSquares(points);
  for (let step = 0; step < 100; step++) {
    const next = improved(points, slope);
    const done = Math.abs(next - slope) <= 1e-15 * Math.abs(next);
    slope = next;
    if (done) break;
  }
  if (!Number.isFinite(slope)) throw new RangeError('line: found points of one x, expected two or more');
  const { weights, total, xMean, yMean, betas } = adjusted(points, slope);
  const adjustedMean = weighted(weights, (index) => xMean + (betas[index] ?? Number.NaN)) / total;
  const spread = weighted(weights, (index) => (xMean + (betas[index] ?? Number.NaN) - adjustedMean) ** 2);
  const slopeError = Math.sqrt(1 / spread);
  const intercept = yMean - slope * xMean;
  const squares = weighted(weights, (index) => {
    const { x, y } = points[index] ?? { x: Number.NaN, y: Number.NaN };
    return (y - slope * x - intercept) ** 2;
  });
  return {
    intercept,
    slope,
    interceptError: Math.sqrt(1 / total + adjustedMean ** 2 * slopeError ** 2),
    slopeError,
    scatter: points.length > 2 ? squares / (points.length - 2) : null,
  };
}

function improved(points: readonly UncertainPoint[], slope: number): number {
  const { weights, xMean, yMean, betas } = adjusted(points, slope);
  const beta = (index: number) => betas[index] ?? Number.NaN;
  const up = weighted(weights, (index) => beta(index) * ((points[index]?.y ?? Number.NaN) - yMean));
  return up / weighted(weights, (index) => beta(index) * ((points[index]?.x ?? Number.NaN) - xMean));
}

/** Weights of the points for a slope, their weighted centre, and York's β: the adjusted x less its mean. */
function adjusted(points: readonly UncertainPoint[], slope: number) {
  const weights = points.map(({ xError, yError }) => 1 / (yError ** 2 + slope ** 2 * xError ** 2));
  const total = weighted(weights, () => 1);
  const xMean = weighted(weights, (index) => points[index]?.x ?? Number.NaN) / total;
  const yMean = weighted(weights, (index) => points[index]?.y ?? Number.NaN) / total;
  const betas = points.map(
    ({ x, y, xError, yError }, index) =>
      (weights[index] ?? Number.NaN) * ((x - xMean) * yError ** 2 + slope * (y - yMean) * xError ** 2),
  );
  return { weights, total, xMean, yMean, betas };
}

function weighted(weights: readonly number[], value: (index: number) => number): number {
  return weights.reduce((sum, weight, index) => sum + weight * value(index), 0);
}

function leastSquares(points: readonly UncertainPoint[]): number {
  const [x, y] = [points.map((point) => point.x), points.map((point) => point.y)];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [xMean, yMean] = [mean(x), mean(y)];
  const products = points.reduce((sum, point) => sum + (point.x - xMean) * (point.y - yMean), 0);
  return products / points.reduce((sum, point) => sum + (point.x - xMean) ** 2, 0);
}
