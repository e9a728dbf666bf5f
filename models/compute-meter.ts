/** Floating-point operations spent so far; a matrix product of m×k by k×n counts 2·m·k·n, element-wise work nothing. */
export interface FlopCount {
  flops: number;
  /** What of `flops` was charged for frozen prefixes, by batch. */
  readonly prefixes: Map<string, number>;
}

export interface ComputeMeter {
  readonly forward: FlopCount;
  readonly backward: FlopCount;
}

export function flopCount(flops = 0): FlopCount {
  return { flops, prefixes: new Map() };
}

export function computeMeter({ forward = 0, backward = 0 } = {}): ComputeMeter {
  return { forward: flopCount(forward), backward: flopCount(backward) };
}

/** FLOPs of some work, and how many of them were spent in backward passes. */
export interface Spent {
  flops: number;
  backward: number;
}

export const nothingSpent: Spent = { flops: 0, backward: 0 };

export function spentBy(meter: ComputeMeter): Spent {
  return { flops: totalFlops(meter), backward: meter.backward.flops };
}

export function plus(one: Spent, other: Spent): Spent {
  return { flops: one.flops + other.flops, backward: one.backward + other.backward };
}

export function totalFlops(meter: ComputeMeter): number {
  return meter.forward.flops + meter.backward.flops;
}

/**
 * Charges a batch's frozen prefix, of which `flops` is the whole cost from the tokens on: once a count, whoever computed
 * it and whenever. So the cost of a cell does not depend on what the cache happens to hold.
 */
export function chargePrefix(count: FlopCount, batchKey: string, flops: number): void {
  const charged = count.prefixes.get(batchKey) ?? 0;
  if (flops <= charged) return;
  count.flops += flops - charged;
  count.prefixes.set(batchKey, flops);
}
