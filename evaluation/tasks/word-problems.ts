import { type Random, seededRandom, shuffled } from '../statistics/random.js';
import type { Row } from './rows.js';
import { drawn, peopleNames } from './vocabulary.js';

const things = [
  'apples',
  'books',
  'cards',
  'coins',
  'cups',
  'eggs',
  'flowers',
  'keys',
  'pens',
  'plates',
  'stamps',
  'stones',
  'tickets',
  'toys',
];
const gains = ['buys', 'finds', 'gets', 'wins'];
const losses = ['loses', 'sells', 'drops', 'breaks'];

/**
 * Two-step word problems: a count, two changes, the count after. The options are a ± b ± c with every combination of
 * signs and the true one is drawn uniformly, so the options alone tell nothing: answer-only is at chance by construction.
 * Problems with the same three numbers form a group.
 */
export function wordProblems(count: number, seed: number): Row[] {
  const random = seededRandom(`word-problems/${seed}`);
  return Array.from({ length: count }, (_, index) => ({
    fields: wordProblem(random),
    place: { file: 'generated word-problems', row: index + 1 },
  }));
}

function wordProblem(random: Random): Row['fields'] {
  const start = drawn(startCounts, random);
  const [first = 2, second = 3] = shuffled([2, 3, 4, 5], random);
  const [firstSign, secondSign] = [drawn([1, -1], random), drawn([1, -1], random)];
  const verb = drawn(firstSign > 0 ? gains : losses, random);
  const then = drawn(secondSign > 0 ? gains : losses, random);
  const name = drawn(peopleNames, random);
  const thing = drawn(things, random);
  const results = [1, -1].flatMap((one) => [1, -1].map((two) => start + one * first + two * second));
  return {
    prompt: `${name} has ${start} ${thing}. ${name} ${verb} ${first} ${thing}, then ${then} ${second}. Now the number of ${thing} is`,
    options: results,
    answer: start + firstSign * first + secondSign * second,
    group: `${start} ${first} ${second}`,
  };
}

/** All results have two digits, so no option is shorter than another. */
const startCounts = Array.from({ length: 19 }, (_, index) => index + 19);
