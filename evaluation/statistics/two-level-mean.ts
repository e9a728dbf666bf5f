import { type Estimate, gap } from './bootstrap.js';
import type { StudentDraws } from './student-draws.js';

/**
 * A mean over items and seeds, and how far each resample of either deviates from it. All seeds are scored on the same
 * items, so both are drawn once and add up; drawing them crosswise would count three times what is of neither (Owen 2007,
 * "The pigeonhole bootstrap"), items drawn anew per seed would count one item many times.
 */
export type TwoLevelMean = {
  point: number;
  ofItems: Float64Array;
  ofSeeds: Float64Array;
  /** The resamples of seeds that `ofSeeds` is of. */
  seedDraws: StudentDraws;
  /** What it is the mean of: a list over items a seed. */
  values: readonly Float64Array[];
};

/** @param bySeed the mean over items of every list of `values`, with its resamples */
export function twoLevelMean(
  values: readonly Float64Array[],
  bySeed: readonly Estimate[],
  seedDraws: StudentDraws,
): TwoLevelMean {
  const resamples = seedDraws.weights.length;
  const [ofItems, ofSeeds] = [new Float64Array(resamples), new Float64Array(resamples)];
  const share = 1 / bySeed.length;
  for (const [resample, weights] of seedDraws.weights.entries()) {
    let [items, seeds] = [0, 0];
    for (const [seed, { point, draws }] of bySeed.entries()) {
      items += share * ((draws[resample] ?? Number.NaN) - point);
      seeds += ((weights[seed] ?? Number.NaN) - share) * point;
    }
    ofItems[resample] = items;
    ofSeeds[resample] = seeds;
  }
  const point = share * bySeed.reduce((sum, mean) => sum + mean.point, 0);
  return { point, ofItems, ofSeeds, seedDraws, values };
}

/** `right − left` on the same items, seed by seed. Where the left one has one seed, it stands beside every seed of the right. */
export function meanDifference(left: TwoLevelMean, right: TwoLevelMean): TwoLevelMean {
  // Deviations are differences of means, and as uncertain in their last digits as these.
  const size = Math.max(Math.abs(left.point), Math.abs(right.point));
  const deviations = (of: 'ofItems' | 'ofSeeds') =>
    right[of].map((deviation, resample) => gap(left[of][resample] ?? Number.NaN, deviation, size));
  return {
    point: gap(left.point, right.point),
    ofItems: deviations('ofItems'),
    ofSeeds: deviations('ofSeeds'),
    seedDraws: right.seedDraws,
    values: gainsOf(left.values, right.values),
  };
}

/** `after − before`, item by item and seed by seed; the baseline has one seed, which stands beside every other. */
export function gainsOf(before: readonly Float64Array[], after: readonly Float64Array[]): Float64Array[] {
  return after.map((values, seed) => {
    const base = before.length === 1 ? before[0] : before[seed];
    return values.map((value, item) => value - (base?.[item] ?? Number.NaN));
  });
}

/** Σ weight · mean, of means over the same seeds. */
export function weightedSum(means: readonly TwoLevelMean[], weights: readonly number[]): TwoLevelMean {
  const [first] = means;
  if (first === undefined) throw new RangeError('weighted sum: found no means, expected at least one');
  const total = (of: (mean: TwoLevelMean) => number | undefined) =>
    means.reduce((sum, mean, index) => sum + (weights[index] ?? Number.NaN) * (of(mean) ?? Number.NaN), 0);
  return {
    point: total(({ point }) => point),
    ofItems: first.ofItems.map((_, resample) => total(({ ofItems }) => ofItems[resample])),
    ofSeeds: first.ofSeeds.map((_, resample) => total(({ ofSeeds }) => ofSeeds[resample])),
    seedDraws: first.seedDraws,
    values: first.values.map((list, seed) =>
      list.map((_, item) => total(({ values }) => values[seed]?.[item])),
    ),
  };
}

/**
 * The mean with its resamples. What is neither an item's nor a seed's own, but happens to an item under a seed, is in both
 * deviations and counted once: with the seeds, whose deviations are Student's t only as they are, while what items have of
 * their own is known from all of them. Taken out of the seeds instead, whose few degrees of freedom tell the two apart
 * badly, intervals of three to five seeds hold in as few as 92 % what they say of 95.
 */
export function estimateOf(mean: TwoLevelMean): Estimate {
  const squares = meanSquares(mean.values);
  const share = ownShareOfItems(squares);
  const ofSeeds = matched(mean, { ...squares, items: squares.items * share ** 2 });
  return {
    point: mean.point,
    draws: mean.ofItems.map((deviation, resample) =>
      deviated(mean.point, share * deviation + (ofSeeds[resample] ?? Number.NaN)),
    ),
  };
}

/** Values that are 0 in every unit drawn have a mean of exactly 0, not one in its last digits. */
function deviated(point: number, deviation: number): number {
  return gap(-point, deviation);
}

/** Mean squares of an analysis of variance of items × seeds without replication (Scheffé 1959, chapter 4). */
type MeanSquares = { seeds: number; items: number; rest: number };

/** With one seed nothing tells seeds and rest from items, nor with one item items and rest from seeds: those are 0. */
export function meanSquares(values: readonly Float64Array[]): MeanSquares {
  const [seeds, items] = [values.length, values[0]?.length ?? 0];
  const seedMeans = values.map((list) => list.reduce((sum, value) => sum + value, 0) / items);
  const mean = seedMeans.reduce((sum, value) => sum + value, 0) / seeds;
  let [ofItems, rest] = [0, 0];
  for (let item = 0; item < items; item++) {
    const deviations = values.map((list, seed) => (list[item] ?? Number.NaN) - (seedMeans[seed] ?? mean));
    const own = deviations.reduce((sum, value) => sum + value, 0) / seeds;
    ofItems += seeds * own ** 2;
    rest += deviations.reduce((sum, value) => sum + (value - own) ** 2, 0);
  }
  const ofSeeds = items * seedMeans.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const per = (sum: number, degrees: number) => (degrees > 0 ? sum / degrees : 0);
  return {
    seeds: per(ofSeeds, seeds - 1),
    items: per(ofItems, items - 1),
    rest: per(rest, (items - 1) * (seeds - 1)),
  };
}

/** Of means that were summed in another order, what is left of their differences. */
const TIE = 1e-9;

/**
 * The part of the items' deviations that is their own, √(1 − MS(rest)/MS(items)). Means of counts may be the same for all
 * seeds: then these hold nothing of the rest, and items keep it.
 */
export function ownShareOfItems({ seeds, items, rest }: MeanSquares): number {
  if (items === 0 || seeds <= TIE * rest) return 1;
  return Math.sqrt(Math.max(0, 1 - rest / items));
}

/** Fewer do not tell enough of their own spread: an interval of two would hold in 91 % what it says of 95. */
const SEEDS_THAT_TELL = 3;

/**
 * Deviations of seeds with tails that fit beside those of items. The sum of Student's t and of a normal deviation, as Behrens
 * and Fisher have it, makes intervals that hold too often, by up to three points of three seeds; with the prior of variances
 * that matches probabilities, σ⁻³(σ²/S + the items' variance), they hold what they say (Ghosh and Kim 2001). By that prior
 * the deviations have S − 1 degrees of freedom with the chance of the seeds' part of the variance, else two more.
 */
function matched({ ofSeeds, seedDraws, values }: TwoLevelMean, { seeds, items }: MeanSquares): Float64Array {
  if (values.length < SEEDS_THAT_TELL || seeds === 0) return ofSeeds;
  const ofVariance = seeds / (seeds + items);
  return ofSeeds.map((deviation, resample) =>
    (seedDraws.chance[resample] ?? Number.NaN) < ofVariance
      ? deviation
      : deviation * (seedDraws.lighter[resample] ?? Number.NaN),
  );
}

// Two seeds have Cauchy's tails: e to one of their draws may be 0 or infinite. No interval reaches so far.
const LARGEST_LOG_FACTOR = 100;

/**
 * A mean of losses, whose seeds deviate by factors instead of terms: no resample is infinite, nor 0 where all items have a
 * loss. Laws are fitted through such means, and compared where what makes items differ is the same for both and cancels. The
 * rest cannot be taken out of the items here, nor tails be matched to them: it is taken out of the seeds.
 */
export function lossEstimateOf({ point, ofItems, ofSeeds, values }: TwoLevelMean): Estimate {
  const share = ownShareOfSeeds(values);
  const factor = (deviation: number) =>
    Math.exp(Math.min(Math.max((share * deviation) / point, -LARGEST_LOG_FACTOR), LARGEST_LOG_FACTOR));
  return {
    point,
    draws: ofItems.map((deviation, resample) => {
      const mean = deviated(point, deviation);
      return point > 0 ? mean * factor(ofSeeds[resample] ?? Number.NaN) : mean;
    }),
  };
}

/** The part of the seeds' deviations that is their own, √(1 − MS(rest)/MS(seeds)). */
export function ownShareOfSeeds(values: readonly Float64Array[]): number {
  const { seeds, rest } = meanSquares(values);
  return values.length < SEEDS_THAT_TELL || seeds === 0 ? 1 : Math.sqrt(Math.max(0, 1 - rest / seeds));
}
