import type { Random } from '../statistics/random.js';

/** First names for generated items. */
export const peopleNames = [
  ...['Anna', 'Ben', 'Clara', 'David', 'Emma', 'Frank', 'Grace', 'Henry', 'Jack'],
  ...['Kate', 'Leo', 'Maria', 'Nina', 'Oscar', 'Paul', 'Rosa', 'Sam', 'Tom'],
];

/** One of the words, uniformly. */
export function drawn<T>(words: readonly T[], random: Random): T {
  const word = words[Math.floor(random() * words.length)];
  if (word === undefined) throw new RangeError('found an empty list, expected words to draw from');
  return word;
}
