import { shuffled } from '../../statistics/random.js';
import { drawn } from '../vocabulary.js';
import type { Family } from './family.js';
import { cities, things } from './vocabulary.js';

const columns = ['price', 'weight', 'stock', 'age'] as const;

/** A table with one more row for each step of difficulty; a value of one row is asked for, the options are the column's. */
export const tableLookup: Family = ({ split, difficulty, random }) => {
  const rows = difficulty + 2;
  const names = shuffled(things[split], random).slice(0, rows);
  const places = shuffled(cities[split], random);
  const shown = shuffled(columns, random).slice(0, 2);
  const numbers = shown.map(() => distinctNumbers(rows, random));
  const lines = names.map((name, row) =>
    [name, ...numbers.map((values) => String(values[row])), places[row % places.length]].join(' | '),
  );
  const asked = Math.floor(random() * rows);
  const column = drawn([0, 1] as const, random);
  const options = (numbers[column] ?? []).map(String);
  const question =
    split === 'train'
      ? `The ${shown[column]} of the ${names[asked]} is`
      : `Look up the ${names[asked]}. Its ${shown[column]}:`;
  return {
    prompt: [['thing', ...shown, 'city'].join(' | '), ...lines, question].join('\n'),
    options,
    answer: options[asked] ?? '',
  };
};

/** Two-digit numbers, each different. */
function distinctNumbers(count: number, random: () => number): number[] {
  return shuffled(
    Array.from({ length: 90 }, (_, index) => index + 10),
    random,
  ).slice(0, count);
}
