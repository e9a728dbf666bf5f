export const RESAMPLES = 20_000;

/** The Monte-Carlo error of a standard deviation from k resamples is about 1/√(2k) of it; four of those. */
export const TOLERANCE = 4 / Math.sqrt(2 * RESAMPLES);

export function variance(values: ArrayLike<number>): number {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  return all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (all.length - 1);
}

export function relative(found: number, expected: number): number {
  return Math.abs(found / expected - 1);
}
