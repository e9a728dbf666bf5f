import { studentCdf } from './student-t.js';

/**
 * Two-sided p-value of a mean over seeds × items being 0 where both are samples of more, by min F′ (Clark 1973, "The
 * language-as-fixed-effect fallacy"): F = M²/(v₁ + v₂) with v₁ = s²(means of seeds)/S and v₂ = s²(means of items)/I, on
 * 1 and (v₁ + v₂)²/(v₁²/(S − 1) + v₂²/(I − 1)) degrees of freedom (Satterthwaite 1946). It is no larger than the F that
 * would be asked for if what is of neither were known, so it errs towards no difference.
 * No p is below 2^(1 − I), the rarest pattern of I signs. Null with one seed or one item, whose spread nothing tells.
 *
 * @param gains a list over items a seed
 */
export function minFPrimeTest(gains: readonly Float64Array[]): number | null {
  const [seeds, items] = [gains.length, gains[0]?.length ?? 0];
  if (seeds < 2 || items < 2) return null;
  const ofSeeds = gains.map((values) => meanOf(values));
  const ofItems = Array.from({ length: items }, (_, item) =>
    meanOf(gains.map((values) => values[item] ?? Number.NaN)),
  );
  const mean = meanOf(ofSeeds);
  const bySeed = varianceOfMean(ofSeeds);
  const byItem = varianceOfMean(ofItems);
  if (mean === 0) return 1;
  const rarest = 2 ** (1 - items);
  const variance = bySeed + byItem;
  if (variance === 0) return rarest;
  const degrees = variance ** 2 / (bySeed ** 2 / (seeds - 1) + byItem ** 2 / (items - 1));
  return Math.max(rarest, 2 * studentCdf(-Math.abs(mean) / Math.sqrt(variance), degrees));
}

function meanOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

function varianceOfMean(values: readonly number[]): number {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return squares / (values.length - 1) / values.length;
}
