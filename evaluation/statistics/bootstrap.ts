import { quantile } from './quantile.js';
import type { Random } from './random.js';

/** A statistic of the data as observed (`point`) and of every bootstrap resample (`draws`). */
export type Estimate = { point: number; draws: Float64Array };

export type Interval = { value: number; low: number; high: number };

/**
 * Weights of `size` units in each resample; each resample's weights sum to 1.
 * One unit fewer than there are is drawn (with replacement): the variance of a mean is then unbiased, where drawing
 * `size` of them makes it (size − 1)/size of what it should be, a third too small with three seeds
 * (McCarthy and Snowden 1985; Rao and Wu 1988). A single unit is always drawn.
 */
export function resampleWeights(size: number, resamples: number, random: Random): Float64Array[] {
  if (size < 1) throw new RangeError('bootstrap: found no units to draw from, expected at least one');
  const drawn = Math.max(1, size - 1);
  return Array.from({ length: resamples }, () => {
    const weights = new Float64Array(size);
    for (let draw = 0; draw < drawn; draw++) {
      const unit = Math.floor(random() * size);
      weights[unit] = (weights[unit] ?? Number.NaN) + 1 / drawn;
    }
    return weights;
  });
}

/** The mean of `values` and its weighted mean in every resample. */
export function resampledMean(values: Float64Array, weights: readonly Float64Array[]): Estimate {
  const draws = new Float64Array(weights.length);
  for (const [resample, unitWeights] of weights.entries()) draws[resample] = dot(unitWeights, values);
  return { point: values.reduce((sum, value) => sum + value, 0) / values.length, draws };
}

/**
 * The outer level of a two-level bootstrap: one estimate a seed in, their mean and its weighted means out.
 * All seeds are scored on the same items, so a resample draws its items once and uses them under every seed it drew
 * (crossed factors: Owen 2007, "The pigeonhole bootstrap"); items drawn anew per seed would count one item many times.
 */
export function meanOverSeeds(bySeed: readonly Estimate[], weights: readonly Float64Array[]): Estimate {
  const draws = new Float64Array(weights.length);
  for (const [resample, seedWeights] of weights.entries()) {
    let sum = 0;
    for (const [seed, { draws: ofSeed }] of bySeed.entries()) {
      sum += (seedWeights[seed] ?? Number.NaN) * (ofSeed[resample] ?? Number.NaN);
    }
    draws[resample] = sum;
  }
  return { point: bySeed.reduce((sum, { point }) => sum + point, 0) / bySeed.length, draws };
}

/**
 * `right − left`, resample by resample. Means that are equal but were summed in another order may differ in their last
 * digits; such a remainder is 0, so that a bound of exactly 0 does not pass for one beyond it.
 */
export function difference(left: Estimate, right: Estimate): Estimate {
  const draws = right.draws.map((value, resample) => gap(left.draws[resample] ?? Number.NaN, value));
  return { point: gap(left.point, right.point), draws };
}

/** Applies `statistic` to the points and, resample by resample, to the draws: resamples stay paired. */
export function combine(estimates: readonly Estimate[], statistic: (values: number[]) => number): Estimate {
  const resamples = Math.min(...estimates.map(({ draws }) => draws.length));
  const draws = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    draws[resample] = statistic(estimates.map((estimate) => estimate.draws[resample] ?? Number.NaN));
  }
  return { point: statistic(estimates.map(({ point }) => point)), draws };
}

/** The percentile interval at `confidence` (Efron and Tibshirani 1993, chapter 13). */
export function percentileInterval({ point, draws }: Estimate, confidence: number): Interval {
  const sorted = draws.toSorted();
  const tail = (1 - confidence) / 2;
  return { value: point, low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
}

/** The standard deviation of the draws: the bootstrap's standard error. Throws with fewer than two resamples. */
export function standardError({ draws }: Estimate): number {
  if (draws.length < 2)
    throw new RangeError(`standard error: found ${draws.length} resamples, expected two or more`);
  const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
  return Math.sqrt(draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / (draws.length - 1));
}

function gap(left: number, right: number): number {
  const size = Math.max(Math.abs(left), Math.abs(right));
  return Math.abs(right - left) <= 1e-12 * size ? 0 : right - left;
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++)
    sum += (left[index] ?? Number.NaN) * (right[index] ?? Number.NaN);
  return sum;
}
