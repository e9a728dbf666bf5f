/**
 * The order statistics of an ascending list on both sides of its quantile at probability 0…1, and how far it lies between
 * them (type 7 of Hyndman and Fan 1996, the default of R and numpy); unlike the quantile they may be infinite, as censored
 * values are. Throws on an empty list, a probability outside 0…1, or a list that holds NaN.
 */
export function bracket(sorted: ArrayLike<number>, probability: number): Bracket {
  if (sorted.length === 0) throw new RangeError('quantile: found no values, expected at least one');
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`quantile: found probability ${probability}, expected 0…1`);
  }
  const position = probability * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  if (Number.isNaN(below) || Number.isNaN(above)) {
    throw new RangeError(
      `quantile: found NaN among ${sorted.length} values, expected numbers in ascending order`,
    );
  }
  return { below, above, fraction: position - Math.floor(position) };
}

export type Bracket = { below: number; above: number; fraction: number };
