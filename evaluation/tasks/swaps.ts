import { type Random, seededRandom, shuffled } from '../statistics/random.js';
import type { Row } from './rows.js';
import { drawn, peopleNames } from './vocabulary.js';

const things = [
  'apple',
  'ball',
  'book',
  'box',
  'card',
  'coin',
  'cup',
  'flower',
  'hat',
  'key',
  'map',
  'pen',
  'ring',
  'stone',
  'toy',
];
const pairs = [
  [0, 1],
  [0, 2],
  [1, 2],
] as const;

/**
 * Three people hold three things, and one or two swaps follow. Every swap's pair and the person asked are drawn
 * uniformly, so each thing is the answer equally often: neither who held it nor its place in the text gives it away.
 */
export function swaps(count: number, seed: number): Row[] {
  const random = seededRandom(`swaps/${seed}`);
  return Array.from({ length: count }, (_, index) => ({
    fields: swapStory(random),
    place: { file: 'generated swaps', row: index + 1 },
  }));
}

function swapStory(random: Random): Row['fields'] {
  const people = shuffled(peopleNames, random).slice(0, 3);
  const held = shuffled(things, random).slice(0, 3);
  const holds = [...held];
  const steps = Array.from({ length: drawn([1, 2], random) }, () => drawn(pairs, random));
  for (const [one, other] of steps) [holds[one], holds[other]] = [holds[other] ?? '', holds[one] ?? ''];
  const asked = drawn([0, 1, 2], random);
  const start = people.map((person, index) => `${person} has the ${held[index]}.`).join(' ');
  const story = steps.map(([one, other]) => `${people[one]} and ${people[other]} swap.`).join(' ');
  return { prompt: `${start} ${story} Now ${people[asked]} has the`, options: held, answer: holds[asked] };
}
