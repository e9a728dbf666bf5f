import { combine, type Estimate } from './bootstrap.js';

/** What a curve's value between its points is made of: indices of points with their weights, which sum to 1. */
export type PointWeights = readonly (readonly [index: number, weight: number])[];

/**
 * The value at `x` on the smooth curve through all points: between two of them the blend of the parabola through them and
 * the point before with the one through them and the point after (Overhauser 1968, "Analytic definition of curves and
 * surfaces by parabolic blending"); in the first and last stretch one parabola, of two points the straight line. Abscissae
 * ascend; beyond the ends the curve is level.
 */
export function smooth(abscissae: readonly number[], x: number): PointWeights {
  const { left, right, share } = neighbours(abscissae, x);
  if (left === right) return [[left, 1]];
  const before = left > 0 ? parabola(abscissae, left - 1, x) : undefined;
  const after = right + 1 < abscissae.length ? parabola(abscissae, left, x) : undefined;
  const line: PointWeights = [
    [left, 1 - share],
    [right, share],
  ];
  if (before === undefined || after === undefined) return before ?? after ?? line;
  return blend(before, after, share);
}

/** The two points that `x` lies between, or twice the one that it lies on or beyond. */
function neighbours(abscissae: readonly number[], x: number) {
  const found = abscissae.findIndex((abscissa) => abscissa >= x);
  const right = found === -1 ? abscissae.length - 1 : found;
  const left = found > 0 && abscissae[right] !== x ? right - 1 : right;
  const [start = x, end = x] = [abscissae[left], abscissae[right]];
  return { left, right, share: left === right ? 0 : (x - start) / (end - start) };
}

/** Lagrange's weights at `x` of three points from `first` on. */
function parabola(abscissae: readonly number[], first: number, x: number): PointWeights {
  const indices = [first, first + 1, first + 2];
  const at = (index: number) => abscissae[index] ?? Number.NaN;
  return indices.map((index) => {
    const others = indices.filter((other) => other !== index);
    return [
      index,
      others.reduce((product, other) => (product * (x - at(other))) / (at(index) - at(other)), 1),
    ];
  });
}

function blend(before: PointWeights, after: PointWeights, share: number): PointWeights {
  const sums = new Map(before.map(([index, weight]) => [index, (1 - share) * weight]));
  for (const [index, weight] of after) sums.set(index, (sums.get(index) ?? 0) + share * weight);
  return [...sums];
}

/** Σ weight · estimate, resample by resample. */
export function weightedEstimate(points: readonly Estimate[], weights: PointWeights): Estimate {
  const used = weights.flatMap(([index]) => points[index] ?? []);
  return combine(used, (values) =>
    weights.reduce((sum, [, weight], place) => sum + weight * (values[place] ?? Number.NaN), 0),
  );
}
