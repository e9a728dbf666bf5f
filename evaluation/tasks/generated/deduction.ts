import { shuffled } from '../../statistics/random.js';
import { drawn } from '../vocabulary.js';
import type { Family } from './family.js';
import { kinds, people } from './vocabulary.js';

/**
 * Three chains of "every A is a B" over invented kinds, as long as the item is hard, told in random order; somebody is at
 * the beginning of one, and the options are the ends of all three.
 */
export const deduction: Family = ({ split, difficulty, random }) => {
  const length = difficulty + 1;
  const words = shuffled(kinds[split], random);
  const chains = [0, 1, 2].map((chain) => words.slice(chain * length, (chain + 1) * length));
  const rules = chains.flatMap((chain) =>
    chain.slice(1).map((kind, index) => told(split, chain[index] ?? '', kind)),
  );
  const person = drawn(people[split], random);
  const own = drawn(chains, random);
  const ends = chains.map((chain) => chain.at(-1) ?? '');
  const fact = split === 'train' ? `${person} is a ${own[0]}.` : `There is a ${own[0]} called ${person}.`;
  const asked = split === 'train' ? `So ${person} is also a` : `It follows that ${person} must be a`;
  return {
    prompt: [...shuffled(rules, random), fact, asked].join(' '),
    options: ends,
    answer: own.at(-1) ?? '',
  };
};

function told(split: 'train' | 'test', kind: string, other: string): string {
  return split === 'train' ? `Every ${kind} is a ${other}.` : `Each ${kind} is also a ${other}.`;
}
