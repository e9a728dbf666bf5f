/**
 * The one-sided sign test (Conover 1999, section 3.4): the probability that at least as many of the non-zero differences
 * are positive as were found, when either sign is equally likely. Zeros are left out; with nothing left p = 1.
 * Throws on a value that is not finite.
 */
export function signTest(differences: readonly number[]): number {
  const unfit = differences.find((value) => !Number.isFinite(value));
  if (unfit !== undefined) throw new RangeError(`sign test: found ${unfit}, expected finite differences`);
  const signs = differences.filter((value) => value !== 0);
  const positive = signs.filter((value) => value > 0).length;
  let patterns = 1;
  let atLeast = 0;
  for (let count = 0; count <= signs.length; count++) {
    if (count >= positive) atLeast += patterns;
    patterns = (patterns * (signs.length - count)) / (count + 1);
  }
  return atLeast / 2 ** signs.length;
}
