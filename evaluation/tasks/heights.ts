import { seededRandom, shuffled } from '../statistics/random.js';
import type { Row } from './rows.js';
import { peopleNames } from './vocabulary.js';

/** Three people in order of height, told in two comparisons in random order; who is the tallest? */
export function tallest(count: number, seed: number): Row[] {
  return heights(count, { name: 'tallest', seed });
}

/** The same told; who is the shortest? */
export function shortest(count: number, seed: number): Row[] {
  return heights(count, { name: 'shortest', seed });
}

function heights(count: number, { name, seed }: { name: 'tallest' | 'shortest'; seed: number }): Row[] {
  const random = seededRandom(`${name}/${seed}`);
  return Array.from({ length: count }, (_, index) => {
    const people = shuffled(peopleNames, random).slice(0, 3);
    const [first = '', second = '', third = ''] = people;
    const told = shuffled(
      [`${first} is taller than ${second}.`, `${second} is taller than ${third}.`],
      random,
    ).join(' ');
    const answer = name === 'tallest' ? first : third;
    return {
      fields: { told, prompt: `${told} The ${name} is`, options: people, answer },
      place: { file: `generated ${name}`, row: index + 1 },
    };
  });
}
