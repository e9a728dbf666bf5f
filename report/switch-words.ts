import type { CrossoverRow } from '../schemas/tables.js';
import type { Answer } from './answer.js';
import { switchInterval } from './answer-phrases.js';
import { examples } from './number-format.js';
import { type Phrase, phrase, phraseText, shown } from './phrase.js';

/** What a cell says of N*: the number itself where it is decided, and the words after it or in its place. */
export type SwitchWords = { star: Phrase | undefined; words: Phrase };

/** N* as part of an answer: the number only where there is a switch; where the curves happen to cross says nothing. */
export function answeredSwitch({ choice, comparison }: Pick<Answer, 'choice' | 'comparison'>): SwitchWords {
  if (comparison === undefined) return { star: undefined, words: ['not comparable'] };
  if (choice === 'switch' || comparison.verdict === 'crossover') return decided(comparison);
  return { star: undefined, words: [comparison.verdict === 'undecided' ? 'undecided' : 'none in range'] };
}

/** N* of a comparison: undecided with where the observed curves cross, or which of the two is better throughout. */
export function comparedSwitch(row: CrossoverRow): SwitchWords {
  if (row.verdict === 'crossover') return decided(row);
  if (row.verdict !== 'undecided') {
    const better = row.verdict === 'first-better' ? row.first : row.second;
    return { star: undefined, words: phrase`none in range: ${better} better` };
  }
  if (row.n_star === null) return { star: undefined, words: ['undecided'] };
  const crossing = phrase`undecided: ${shown(row, 'n_star', examples)} (${switchInterval(row)})`;
  return { star: undefined, words: crossing };
}

export function switchText({ star, words }: SwitchWords): string {
  return star === undefined ? phraseText(words) : `${phraseText(star)} ${phraseText(words)}`;
}

function decided(row: CrossoverRow): SwitchWords {
  return { star: [shown(row, 'n_star', examples)], words: phrase`(${switchInterval(row)})` };
}
