import { signTest } from './sign-test.js';

/**
 * McNemar's exact test (McNemar 1947; Edwards 1948, by the binomial) of two methods' right and wrong answers to the same
 * items, two-sided: of the items that only one answers rightly, as many should be either's. With several seeds an item is
 * the method's that is right under more of them, so that an item counts once; ties are left out.
 * `differences` are right answers of the second method less those of the first, an item each.
 */
export function mcnemarTest(differences: readonly number[]): number {
  const less = differences.map((difference) => -difference);
  return Math.min(1, 2 * Math.min(signTest(differences), signTest(less)));
}
