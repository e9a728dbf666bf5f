/** A multiplicative joint law of one method: L = A·X^(−α)·N^(−β) + E. */
export type MultiplicativeLaw = { scale: number; alpha: number; beta: number; floor: number };

/**
 * Every number of examples within a range at which two joint laws give the same loss at capability X, ascending: sign
 * changes on a grid of a thousand points over log N, each narrowed by bisection. None is an answer: laws with fitted floors
 * may not cross at all (the floors decide, and rounding them makes crossings appear and vanish).
 */
export function jointCrossings(
  first: MultiplicativeLaw,
  second: MultiplicativeLaw,
  { x, low, high }: { x: number; low: number; high: number },
): number[] {
  const difference = (logN: number) => lossOf(second, x, logN) - lossOf(first, x, logN);
  const [start, width] = [Math.log(low), Math.log(high / low)];
  const grid = Array.from({ length: GRID + 1 }, (_, index) => start + (index / GRID) * width).filter(
    (logN) => difference(logN) !== 0,
  );
  return grid.slice(1).flatMap((right, index) => {
    const left = grid[index] ?? Number.NaN;
    return difference(left) * difference(right) < 0 ? [Math.exp(bisected(difference, left, right))] : [];
  });
}

const GRID = 1000;

/**
 * How the crossover of two laws with equal floors moves with capability, N* = H·X^γ: γ = (α₂ − α₁)/(β₁ − β₂) and
 * H = (A₁/A₂)^(1/(β₁ − β₂)) (Zhang et al. 2024, equation 3). Undefined where both have one β: they never cross, or always.
 */
export function crossoverPower(
  first: Omit<MultiplicativeLaw, 'floor'>,
  second: Omit<MultiplicativeLaw, 'floor'>,
): { gamma: number; factor: number } | undefined {
  const fall = first.beta - second.beta;
  if (fall === 0) return undefined;
  return { gamma: (second.alpha - first.alpha) / fall, factor: (first.scale / second.scale) ** (1 / fall) };
}

function lossOf({ scale, alpha, beta, floor }: MultiplicativeLaw, x: number, logN: number): number {
  return scale * x ** -alpha * Math.exp(-beta * logN) + floor;
}

function bisected(difference: (x: number) => number, left: number, right: number): number {
  const rising = difference(right) > 0;
  let [low, high] = [left, right];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (difference(middle) > 0 === rising) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}
