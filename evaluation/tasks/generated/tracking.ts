import { shuffled } from '../../statistics/random.js';
import { drawn } from '../vocabulary.js';
import type { Family } from './family.js';
import { people, things } from './vocabulary.js';

const pairs = [
  [0, 1],
  [0, 2],
  [1, 2],
] as const;

/** Three people with three things, and as many swaps as the item is hard; who has what at the end? */
export const tracking: Family = ({ split, difficulty, random }) => {
  const names = shuffled(people[split], random).slice(0, 3);
  const held = shuffled(things[split], random).slice(0, 3);
  const holds = [...held];
  const swaps = Array.from({ length: difficulty }, () => drawn(pairs, random));
  for (const [one, other] of swaps) [holds[one], holds[other]] = [holds[other] ?? '', holds[one] ?? ''];
  const verb = split === 'train' ? 'swap' : 'exchange what they have';
  const story = swaps.map(([one, other]) => `${names[one]} and ${names[other]} ${verb}.`);
  const asked = drawn([0, 1, 2], random);
  const start = names.map((name, index) => `${name} has the ${held[index]}.`);
  const question = split === 'train' ? `Now ${names[asked]} has the` : `At the end ${names[asked]} holds the`;
  return { prompt: [...start, ...story, question].join(' '), options: held, answer: holds[asked] ?? '' };
};
