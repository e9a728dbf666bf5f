/** Floating-point operations spent so far; a matrix product of m×k by k×n counts 2·m·k·n, element-wise work nothing. */
export interface FlopCount {
  flops: number;
}

export interface ComputeMeter {
  readonly forward: FlopCount;
  readonly backward: FlopCount;
}

export function computeMeter(): ComputeMeter {
  return { forward: { flops: 0 }, backward: { flops: 0 } };
}

export function totalFlops(meter: ComputeMeter): number {
  return meter.forward.flops + meter.backward.flops;
}
