import type { Random } from './random.js';

/**
 * Two-sided p-value of paired differences by flipping their signs: the share of sign patterns whose |sum| is at least
 * the observed one. With at most 15 non-zero differences every pattern is counted (exact); otherwise `flips` random
 * patterns are, and the observed one is added so that p is never 0 (Phipson and Smyth 2010).
 * Without any non-zero difference p = 1. Throws on an empty list or a value that is not finite.
 */
export function signFlipTest(differences: ArrayLike<number>, flips: number, random: Random): number {
  const values = Array.from(differences);
  if (values.length === 0)
    throw new RangeError('sign-flip test: found no differences, expected at least one');
  for (const value of values) {
    if (!Number.isFinite(value))
      throw new RangeError(`sign-flip test: found ${value}, expected finite differences`);
  }
  const nonZero = values.filter((value) => value !== 0);
  return nonZero.length <= EXACT_UP_TO ? exactShare(nonZero) : sampledShare(nonZero, flips, random);
}

const EXACT_UP_TO = 15;

function exactShare(values: readonly number[]): number {
  const observed = atLeast(values);
  const tables = signedSums(values);
  let extreme = 0;
  for (let pattern = 0; pattern < 2 ** values.length; pattern++) {
    if (Math.abs(flippedSum(tables, () => pattern)) >= observed) extreme++;
  }
  return extreme / 2 ** values.length;
}

function sampledShare(values: readonly number[], flips: number, random: Random): number {
  const observed = atLeast(values);
  const tables = signedSums(values);
  const draw = () => random() * 2 ** 32; // a draw is a multiple of 2⁻³², hence 32 signs
  let extreme = 1;
  for (let flip = 0; flip < flips; flip++) {
    if (Math.abs(flippedSum(tables, draw)) >= observed) extreme++;
  }
  return extreme / (flips + 1);
}

/** For every eight values the sums under each of their 256 sign patterns: a flip then costs one look-up for eight. */
function signedSums(values: readonly number[]): Float64Array[] {
  return Array.from({ length: Math.ceil(values.length / 8) }, (_, group) => {
    const eight = values.slice(8 * group, 8 * group + 8);
    return Float64Array.from({ length: 256 }, (_, pattern) =>
      eight.reduce((sum, value, place) => sum + ((pattern >> place) & 1 ? value : -value), 0),
    );
  });
}

/** Σ ± value; `signs` is asked for 32 sign bits at a time. */
function flippedSum(tables: readonly Float64Array[], signs: () => number): number {
  let sum = 0;
  let bits = 0;
  for (let group = 0; group < tables.length; group++) {
    bits = group % 4 === 0 ? signs() : bits >>> 8;
    sum += tables[group]?.[bits & 255] ?? Number.NaN;
  }
  return sum;
}

// The same terms summed in another sign pattern may differ in the last digits: a tie must still count as a tie.
function atLeast(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const scale = values.reduce((total, value) => total + Math.abs(value), 0);
  return Math.abs(sum) - scale * 1e-12;
}
