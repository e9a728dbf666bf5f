import { createHash } from 'node:crypto';

/** Draws uniform numbers in [0, 1). Passed as an argument wherever chance is wanted. */
export type Random = () => number;

/**
 * A reproducible generator: xoshiro128** whose 128-bit state is the head of SHA-256(seed as text), so that near seeds
 * give unrelated streams and 0 is a seed like any other. Values are multiples of 2⁻³².
 * Throws on a seed that is NaN or infinite.
 */
export function seededRandom(seed: number | string): Random {
  if (typeof seed === 'number' && !Number.isFinite(seed)) {
    throw new RangeError(`random seed: found ${seed}, expected a finite number or a text`);
  }
  const digest = createHash('sha256').update(String(seed)).digest();
  const next = xoshiro128([0, 4, 8, 12].map((offset) => digest.readUInt32LE(offset)));
  return () => next() / 2 ** 32;
}

/** xoshiro128** 1.1 (Blackman and Vigna 2018, https://prng.di.unimi.it): four 32-bit words of state → 32-bit integers. */
export function xoshiro128(state: readonly number[]): () => number {
  let [a = 0, b = 0, c = 0, d = 0] = state;
  if ((a | b | c | d) === 0)
    throw new RangeError('xoshiro128: found a state of zeros, expected at least one set bit');
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
}

/** A standard normal number (Box and Muller 1958). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A copy of `items` in random order: sorted by one random key each, so `random` is called once an item, in their order. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((one, other) => one.key - other.key)
    .map(({ item }) => item);
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
