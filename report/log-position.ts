/** Where a value lies between two others on a logarithmic axis, in percent. */
export function logPosition(value: number, [low, high]: readonly [number, number]): number {
  if (low === high) return 50;
  const share = Math.log(value / low) / Math.log(high / low);
  return Math.min(100, Math.max(0, 100 * share));
}
