import type { Random } from './random.js';

/** A statistic of the data as observed (`point`) and of every bootstrap resample (`draws`). */
export type Estimate = { point: number; draws: Float64Array };

export type Interval = { value: number; low: number; high: number };

/**
 * Weights of `size` units in each resample; each resample's weights sum to 1.
 * One unit fewer than there are is drawn (with replacement): the variance of a mean is then unbiased, where drawing
 * `size` of them makes it (size − 1)/size of what it should be (McCarthy and Snowden 1985; Rao and Wu 1988). A single unit
 * is always drawn.
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
 * `right − left`, resample by resample. Means that are equal but were summed in another order may differ in their last
 * digits; such a remainder is 0, so that a bound of exactly 0 does not pass for one beyond it.
 */
export function difference(left: Estimate, right: Estimate): Estimate {
  return {
    point: gap(left.point, right.point),
    draws: right.draws.map((draw, resample) => gap(left.draws[resample] ?? Number.NaN, draw)),
  };
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

/**
 * The percentile interval at `confidence` (Efron and Tibshirani 1993, chapter 13). Its ends are draws, so that 0 is beyond
 * one of them exactly where no more than `sparedDraws` speak against the sign. Throws without draws or with one that is NaN.
 */
export function percentileInterval({ point, draws }: Estimate, confidence: number): Interval {
  const sorted = draws.toSorted();
  const spared = sparedDraws(sorted.length, confidence);
  const [low, high] = [sorted[spared], sorted[sorted.length - 1 - spared]];
  // Sorting puts what is not a number last.
  if (low === undefined || high === undefined || Number.isNaN(sorted.at(-1)))
    throw new RangeError(
      `interval: found ${low === undefined ? 'no draws' : 'NaN among the draws'}, expected numbers`,
    );
  return { value: point, low, high };
}

/** How many of so many resamples lie outside of either end of an interval: of 400 the tenth from outside is the end of 95 %. */
export function sparedDraws(resamples: number, confidence: number): number {
  return Math.max(0, Math.floor(((1 - confidence) / 2) * (resamples + 1)) - 1);
}

/**
 * Half of what the middle 68.27 % of the draws span: the standard deviation where they are normal, and finite where
 * Student's tails have none. Throws with fewer than two resamples.
 */
export function standardError({ point, draws }: Estimate): number {
  if (draws.length < 2)
    throw new RangeError(`standard error: found ${draws.length} resamples, expected two or more`);
  const { low, high } = percentileInterval({ point, draws }, 0.6826894921370859);
  return (high - low) / 2;
}

/** Why nothing is fitted to estimates that `hasLogarithm` refuses. */
export const NO_LOGARITHM = 'a mean loss of 0, which has no logarithm';

/** Whether an estimate and all its resamples are above 0: a mean loss of 0 is none that a law could be fitted to. */
export function hasLogarithm({ point, draws }: Estimate): boolean {
  return point > 0 && draws.every((draw) => draw > 0);
}

/** `right − left`, 0 where no more than last digits of numbers of their size, or of `size`, are left. */
export function gap(left: number, right: number, size = 0): number {
  const largest = Math.max(size, Math.abs(left), Math.abs(right));
  return Math.abs(right - left) <= 1e-12 * largest ? 0 : right - left;
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++)
    sum += (left[index] ?? Number.NaN) * (right[index] ?? Number.NaN);
  return sum;
}
