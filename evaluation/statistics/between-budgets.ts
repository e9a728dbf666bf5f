/** What a curve's value between its points is made of: indices of points with their weights, which sum to 1. */
export type PointWeights = readonly (readonly [index: number, weight: number])[];

/** The value at `x` on the straight line between the neighbouring points, whose abscissae ascend. */
export function straight(abscissae: readonly number[], x: number): PointWeights {
  const { left, right, share } = neighbours(abscissae, x);
  return left === right ? [[left, 1]] : combined([[left, 1 - share] as const, [right, share] as const]);
}

/**
 * The value at `x` on the smooth curve through all points: between two of them the blend of the parabola through them and
 * the point before with the one through them and the point after (Overhauser 1968, "Analytic definition of curves and
 * surfaces by parabolic blending"); in the first and last stretch one parabola, of two points the straight line.
 */
export function smooth(abscissae: readonly number[], x: number): PointWeights {
  const { left, right, share } = neighbours(abscissae, x);
  const before = left > 0 && left !== right ? parabola(abscissae, left - 1, x) : undefined;
  const after = right + 1 < abscissae.length && left !== right ? parabola(abscissae, left, x) : undefined;
  if (before === undefined || after === undefined) return before ?? after ?? straight(abscissae, x);
  return combined([...scaled(before, 1 - share), ...scaled(after, share)]);
}

function neighbours(abscissae: readonly number[], x: number) {
  const found = abscissae.findIndex((abscissa) => abscissa >= x);
  const right = found === -1 ? abscissae.length - 1 : found;
  const left = abscissae[right] === x ? right : Math.max(0, right - 1);
  const [start = x, end = x] = [abscissae[left], abscissae[right]];
  return { left, right, share: end === start ? 0 : (x - start) / (end - start) };
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

function scaled(weights: PointWeights, factor: number): PointWeights {
  return weights.map(([index, weight]) => [index, factor * weight] as const);
}

/** One weight a point, none that is 0. */
function combined(weights: PointWeights): PointWeights {
  const sums = new Map<number, number>();
  for (const [index, weight] of weights) sums.set(index, (sums.get(index) ?? 0) + weight);
  return [...sums].filter(([, weight]) => weight !== 0);
}
