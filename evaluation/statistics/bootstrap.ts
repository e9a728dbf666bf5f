import { normal, type Random } from './random.js';

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

/**
 * Weights of few units, normal around 1/size and with Student's heavy tails: whatever the units' values, their weighted
 * mean lies around their mean as s/√size times Student's t with size − 1 degrees of freedom. Where the values are normal
 * its percentile interval is therefore the t interval, which three or five units drawn with replacement cannot have: of
 * three there are ten different draws. Weights sum to 1 and may be negative. A single unit has weight 1.
 */
export function studentWeights(size: number, resamples: number, random: Random): Float64Array[] {
  if (size < 1) throw new RangeError('bootstrap: found no units to draw from, expected at least one');
  return Array.from({ length: resamples }, () => {
    if (size === 1) return Float64Array.of(1);
    const shifts = Array.from({ length: size }, () => normal(random));
    const mean = shifts.reduce((sum, shift) => sum + shift, 0) / size;
    const chiSquare = shifts.slice(1).reduce((sum) => sum + normal(random) ** 2, 0);
    const scale = Math.sqrt((size - 1) / chiSquare / (size * (size - 1)));
    return Float64Array.from(shifts, (shift) => 1 / size + scale * (shift - mean));
  });
}

/** An estimate over seeds and items, with how far each of its draws deviates on account of the seeds alone. */
export type TwoLevelEstimate = Estimate & { ofSeeds: Float64Array };

/** The mean of `values` and its weighted mean in every resample. */
export function resampledMean(values: Float64Array, weights: readonly Float64Array[]): Estimate {
  const draws = new Float64Array(weights.length);
  for (const [resample, unitWeights] of weights.entries()) draws[resample] = dot(unitWeights, values);
  return { point: values.reduce((sum, value) => sum + value, 0) / values.length, draws };
}

/**
 * The outer level of a two-level bootstrap: one estimate a seed in, their mean out. A resample's deviation is that of its
 * items under all seeds and that of its seeds on all items. All seeds are scored on the same items, so both are drawn
 * once and add up; drawing them crosswise would count three times what is of neither (Owen 2007, "The pigeonhole
 * bootstrap"), items drawn anew per seed would count one item many times. What is of neither is still counted twice:
 * see `countedOnce`.
 */
export function meanOverSeeds(
  bySeed: readonly Estimate[],
  weights: readonly Float64Array[],
): TwoLevelEstimate {
  const [draws, ofSeeds] = [new Float64Array(weights.length), new Float64Array(weights.length)];
  const point = bySeed.reduce((sum, ofSeed) => sum + ofSeed.point, 0) / bySeed.length;
  for (const [resample, seedWeights] of weights.entries()) {
    let [items, seeds] = [0, 0];
    for (const [seed, ofSeed] of bySeed.entries()) {
      items += (ofSeed.draws[resample] ?? Number.NaN) / bySeed.length;
      seeds += ((seedWeights[seed] ?? Number.NaN) - 1 / bySeed.length) * ofSeed.point;
    }
    draws[resample] = items + seeds;
    ofSeeds[resample] = seeds;
  }
  return { point, draws, ofSeeds };
}

/**
 * The same estimate with what is neither the item's nor the seed's, but happens to an item under a seed, counted once: the
 * items' deviations hold it, those of the seeds go without.
 *
 * @param values what the estimate is the mean of: a list over items a seed
 */
export function countedOnce(
  { point, draws, ofSeeds }: TwoLevelEstimate,
  values: readonly Float64Array[],
): Estimate {
  const share = ownShareOfSeeds(values);
  return {
    point,
    draws: draws.map((draw, resample) => draw - (1 - share) * (ofSeeds[resample] ?? Number.NaN)),
  };
}

/** Fewer do not tell their own spread from the rest: an interval of two would hold in 90 % what it says of 95. */
const SEEDS_THAT_TELL = 3;

/**
 * The part of the seeds' deviations that is their own, √(1 − MS(rest)/MS(seeds)), by an analysis of variance of items ×
 * seeds without replication (Scheffé 1959, chapter 4). The rest is known from hundreds of items and normal; left with the
 * seeds it would have the tails of as few degrees of freedom as they have.
 */
export function ownShareOfSeeds(values: readonly Float64Array[]): number {
  const [seeds, items] = [values.length, values[0]?.length ?? 0];
  if (seeds < SEEDS_THAT_TELL || items < 2) return 1;
  const ofSeed = values.map((list) => list.reduce((sum, value) => sum + value, 0) / items);
  const mean = ofSeed.reduce((sum, value) => sum + value, 0) / seeds;
  const ofSeeds = (items * ofSeed.reduce((sum, value) => sum + (value - mean) ** 2, 0)) / (seeds - 1);
  let rest = 0;
  for (let item = 0; item < items; item++) {
    const deviations = values.map((list, seed) => (list[item] ?? Number.NaN) - (ofSeed[seed] ?? mean));
    const own = deviations.reduce((sum, value) => sum + value, 0) / seeds;
    rest += deviations.reduce((sum, value) => sum + (value - own) ** 2, 0) / ((items - 1) * (seeds - 1));
  }
  return ofSeeds === 0 ? 1 : Math.sqrt(Math.max(0, 1 - rest / ofSeeds));
}

// Two seeds have Cauchy's tails: e to one of their draws may be 0 or infinite. No interval reaches so far.
const LARGEST_LOG_FACTOR = 100;

/**
 * As `countedOnce` of `meanOverSeeds` of positive values, whose seeds deviate by factors instead of terms: no resample is
 * 0 or less, nor infinite. Where a mean is not positive there are no factors, and it is the mean of terms.
 */
export function logMeanOverSeeds(
  bySeed: readonly Estimate[],
  weights: readonly Float64Array[],
  values: readonly Float64Array[],
): Estimate {
  if (bySeed.some(({ point }) => !(point > 0))) return countedOnce(meanOverSeeds(bySeed, weights), values);
  const share = ownShareOfSeeds(values);
  const point = bySeed.reduce((sum, ofSeed) => sum + ofSeed.point, 0) / bySeed.length;
  const draws = Float64Array.from(weights, (seedWeights, resample) => {
    let [mean, factor] = [0, 0];
    for (const [seed, ofSeed] of bySeed.entries()) {
      mean += (ofSeed.draws[resample] ?? Number.NaN) / bySeed.length;
      factor += ((seedWeights[seed] ?? Number.NaN) - 1 / bySeed.length) * (ofSeed.point / point);
    }
    return mean * Math.exp(Math.min(Math.max(share * factor, -LARGEST_LOG_FACTOR), LARGEST_LOG_FACTOR));
  });
  return { point, draws };
}

/**
 * `right − left`, resample by resample. Means that are equal but were summed in another order may differ in their last
 * digits; such a remainder is 0, so that a bound of exactly 0 does not pass for one beyond it.
 */
export function difference(left: Estimate, right: Estimate): Estimate {
  return { point: gap(left.point, right.point), draws: gaps(left.draws, right.draws) };
}

/** As `difference`, of both levels. */
export function twoLevelDifference(left: TwoLevelEstimate, right: TwoLevelEstimate): TwoLevelEstimate {
  // Deviations are differences of means, and as uncertain in their last digits as these.
  const size = Math.max(Math.abs(left.point), Math.abs(right.point));
  return { ...difference(left, right), ofSeeds: gaps(left.ofSeeds, right.ofSeeds, size) };
}

/** Σ share · estimate, resample by resample and level by level. */
export function twoLevelSum(
  estimates: readonly TwoLevelEstimate[],
  shares: readonly number[],
): TwoLevelEstimate {
  const total = (values: readonly number[]) =>
    values.reduce((sum, value, index) => sum + (shares[index] ?? Number.NaN) * value, 0);
  const totals = (of: 'draws' | 'ofSeeds') =>
    Float64Array.from(estimates[0]?.draws ?? [], (_, resample) =>
      total(estimates.map((estimate) => estimate[of][resample] ?? Number.NaN)),
    );
  return {
    point: total(estimates.map(({ point }) => point)),
    draws: totals('draws'),
    ofSeeds: totals('ofSeeds'),
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

function gaps(left: Float64Array, right: Float64Array, size = 0): Float64Array {
  return right.map((value, index) => gap(left[index] ?? Number.NaN, value, size));
}

function gap(left: number, right: number, least = 0): number {
  const size = Math.max(least, Math.abs(left), Math.abs(right));
  return Math.abs(right - left) <= 1e-12 * size ? 0 : right - left;
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++)
    sum += (left[index] ?? Number.NaN) * (right[index] ?? Number.NaN);
  return sum;
}
