import { type Random, seededRandom, shuffled } from '../statistics/random.js';
import type { Row } from './rows.js';
import { drawn } from './vocabulary.js';

const colours = ['red', 'blue', 'green', 'white', 'black', 'brown'];
const things = ['ball', 'bell', 'book', 'coin', 'cup', 'hat', 'key', 'pen', 'ring', 'stone'];

/** Three boxes hold three things; what does one of them hold? */
export function boxes(count: number, seed: number): Row[] {
  const random = seededRandom(`boxes/${seed}`);
  return rowsOf(count, () => {
    const { story, held, asked } = boxStory(random);
    const [colour, thing] = held[asked] ?? ['', ''];
    return {
      prompt: `${story} The ${colour} box holds a`,
      options: held.map(([, other]) => other),
      answer: thing,
    };
  });
}

/** The same stories asked the other way: which box holds a thing? */
export function boxesReversed(count: number, seed: number): Row[] {
  const random = seededRandom(`boxes-reversed/${seed}`);
  return rowsOf(count, () => {
    const { story, held, asked } = boxStory(random);
    const [colour, thing] = held[asked] ?? ['', ''];
    return {
      prompt: `${story} The ${thing} is in the box that is`,
      options: held.map(([other]) => other),
      answer: colour,
    };
  });
}

function boxStory(random: Random): { story: string; held: [string, string][]; asked: number } {
  const names = shuffled(colours, random).slice(0, 3);
  const contents = shuffled(things, random);
  const held = names.map((colour, index): [string, string] => [colour, contents[index] ?? '']);
  const story = held.map(([colour, thing]) => `The ${colour} box holds a ${thing}.`).join(' ');
  return { story, held, asked: drawn([0, 1, 2], random) };
}

function rowsOf(count: number, fields: () => Row['fields']): Row[] {
  return Array.from({ length: count }, (_, index) => ({
    fields: fields(),
    place: { file: 'generated boxes', row: index + 1 },
  }));
}
