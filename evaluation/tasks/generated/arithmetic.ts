import { drawn } from '../vocabulary.js';
import { cornerOptions, type Family } from './family.js';

/** A sum of two-digit numbers, one more term with each step of difficulty, some of them taken away. */
export const arithmetic: Family = ({ split, difficulty, random }) => {
  const terms = Array.from({ length: difficulty }, () => {
    const size = 11 + Math.floor(random() * 40);
    return random() < 0.6 ? size : -size;
  });
  // Large enough that no corner of the options is below zero.
  const first = 60 + 30 * difficulty + Math.floor(random() * 40);
  const result = terms.reduce((sum, term) => sum + term, first);
  const signed = terms.map((term) => `${term < 0 ? '-' : '+'} ${Math.abs(term)}`).join(' ');
  const spoken = terms.map((term) => `${term < 0 ? 'minus' : 'plus'} ${Math.abs(term)}`).join(' ');
  const prompt =
    split === 'train'
      ? drawn([`Compute ${first} ${signed} =`, `${first} ${signed} makes`], random)
      : `What is ${first} ${spoken}? It is`;
  return { prompt, options: cornerOptions(result, random), answer: String(result) };
};
