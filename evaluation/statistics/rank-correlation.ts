/** Paired numbers of one stratum: complexity and outcome of cells that differ in nothing else. */
export type Pairs = { x: readonly number[]; y: readonly number[] };

/**
 * Spearman's rank correlation within strata: mid-ranks are taken and centred stratum by stratum, and their products and
 * squares summed over all. With one stratum it is the usual coefficient, −1…1. NaN where x or y varies in none,
 * or holds a NaN.
 * Throws on unequal lengths.
 */
export function rankCorrelation(strata: readonly Pairs[]): number {
  if (strata.some(({ x, y }) => [...x, ...y].some(Number.isNaN))) return Number.NaN;
  let [xx, yy, xy] = [0, 0, 0];
  for (const { x, y } of strata) {
    if (x.length !== y.length)
      throw new RangeError(`rank correlation: found ${x.length} and ${y.length} values, expected pairs`);
    const [ofX, ofY] = [centredRanks(x), centredRanks(y)];
    xx += dot(ofX, ofX);
    yy += dot(ofY, ofY);
    xy += dot(ofX, ofY);
  }
  return xx === 0 || yy === 0 ? Number.NaN : xy / Math.sqrt(xx * yy);
}

/** Ranks from 1, ties at the middle of theirs. Infinite values have a rank like any other. */
export function midRanks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}

function centredRanks(values: readonly number[]): number[] {
  return midRanks(values).map((rank) => rank - (values.length + 1) / 2);
}

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? Number.NaN), 0);
}
