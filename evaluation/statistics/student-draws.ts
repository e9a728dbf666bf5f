import { normal, type Random } from './random.js';

/** Resamples of a few units, such as seeds. */
export type StudentDraws = {
  /** Weights of the units in each resample. They sum to 1 and may be negative. */
  weights: readonly Float64Array[];
  /** By which factor each resample's deviation would be smaller with two degrees of freedom more. */
  lighter: Float64Array;
  /** A number from 0 to 1 for each resample, uniform and independent of its deviation. */
  chance: Float64Array;
};

/**
 * Resamples of few units, normal around 1/size and with Student's heavy tails: whatever the units' values, their weighted
 * mean lies around their mean as s/√size times Student's t with size − 1 degrees of freedom. Where the values are normal
 * its percentile interval is therefore the t interval, which three or five units drawn with replacement cannot have: of
 * three there are ten different draws. A single unit has weight 1. Every second resample deviates as the one before it, the
 * other way: what is symmetric around a mean is so in few resamples, too (Hammersley and Morton 1956, antithetic variates).
 */
export function studentDraws(size: number, resamples: number, random: Random): StudentDraws {
  if (size < 1) throw new RangeError('resamples: found no units to draw from, expected at least one');
  const pairs = Array.from({ length: Math.ceil(resamples / 2) }, () => {
    const draw = { ...studentDraw(size, random), chance: random() };
    return [draw, { ...draw, weights: draw.weights.map((weight) => 2 / size - weight) }];
  });
  const drawn = pairs.flat().slice(0, resamples);
  return {
    weights: drawn.map(({ weights }) => weights),
    lighter: Float64Array.from(drawn, ({ lighter }) => lighter),
    chance: Float64Array.from(drawn, ({ chance }) => chance),
  };
}

/** The first so many of the resamples. */
export function firstDraws({ weights, lighter, chance }: StudentDraws, count: number): StudentDraws {
  return {
    weights: weights.slice(0, count),
    lighter: lighter.subarray(0, count),
    chance: chance.subarray(0, count),
  };
}

function studentDraw(size: number, random: Random): { weights: Float64Array; lighter: number } {
  if (size === 1) return { weights: Float64Array.of(1), lighter: 1 };
  const shifts = Array.from({ length: size }, () => normal(random));
  const mean = shifts.reduce((sum, shift) => sum + shift, 0) / size;
  const ofSize = chiSquare(size - 1, random);
  const scale = Math.sqrt((size - 1) / ofSize / (size * (size - 1)));
  return {
    weights: Float64Array.from(shifts, (shift) => 1 / size + scale * (shift - mean)),
    lighter: Math.sqrt(ofSize / (ofSize + chiSquare(2, random))),
  };
}

function chiSquare(degrees: number, random: Random): number {
  let sum = 0;
  for (let degree = 0; degree < degrees; degree++) sum += normal(random) ** 2;
  return sum;
}
