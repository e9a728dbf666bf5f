import type { Interval } from './bootstrap.js';

/** The standard normal quantile that 95 % of the distribution lies within, on both sides. */
const Z = 1.959963984540054;

/**
 * The 95 % interval of a share found in `total` independent items (Wilson 1927): it stays within [0, 1] and has a width
 * even where all items agree, as the normal approximation has not. Throws without items.
 */
export function wilsonInterval(found: number, total: number): Interval {
  if (total < 1) throw new RangeError(`a share of ${total} items, expected at least one`);
  const share = found / total;
  const spread = Z ** 2 / total;
  const middle = (share + spread / 2) / (1 + spread);
  const half = (Z * Math.sqrt((share * (1 - share)) / total + spread / (4 * total))) / (1 + spread);
  // At 0 and 1 the bound is the share itself, but for rounding.
  const low = found === 0 ? 0 : middle - half;
  const high = found === total ? 1 : middle + half;
  return { value: share, low, high };
}
