/**
 * P-values adjusted for a family of tests by Holm's step-down rule (Holm 1979, Scand. J. Statist. 6:65–70), in the order
 * given: p̃₍ᵢ₎ = max over j ≤ i of min(1, (m − j + 1)·p₍ⱼ₎). Throws on a value outside 0…1 or NaN.
 */
export function holm(pValues: readonly number[]): number[] {
  for (const p of pValues) {
    if (!(p >= 0 && p <= 1)) throw new RangeError(`Holm correction: found p = ${p}, expected 0…1`);
  }
  const ascending = pValues.map((p, index) => ({ p, index })).sort((one, other) => one.p - other.p);
  const adjusted = new Array<number>(pValues.length);
  let floor = 0;
  for (const [rank, { p, index }] of ascending.entries()) {
    floor = Math.max(floor, Math.min(1, (pValues.length - rank) * p));
    adjusted[index] = floor;
  }
  return adjusted;
}
