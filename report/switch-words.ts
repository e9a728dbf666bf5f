import type { CrossoverRow } from '../schemas/tables.js';
import type { Answer } from './answer.js';
import { switchInterval } from './answer-phrases.js';
import { examples } from './number-format.js';
import { type Phrase, phrase, phraseText, shown } from './phrase.js';

/** What a cell says of N*: the number itself where there is a crossover, and the words after it or in its place. */
export type SwitchWords = { star: Phrase | undefined; words: Phrase };

/** N* as part of an answer: the number only where there is a switch; where the curves happen to cross says nothing. */
export function answeredSwitch({ choice, comparison }: Pick<Answer, 'choice' | 'comparison'>): SwitchWords {
  if (comparison === undefined) return { star: undefined, words: ['not comparable'] };
  if (choice === 'switch' || comparison.verdict === 'crossover') return decided(comparison);
  return { star: undefined, words: [withoutStar(comparison)] };
}

/** N* of a comparison: undecided with where the observed curves cross; beside it which of the two is better on average. */
export function comparedSwitch(row: CrossoverRow): SwitchWords {
  if (row.verdict === 'crossover') return decided(row);
  const crossing =
    row.n_star === null ? phrase`` : phrase`: ${shown(row, 'n_star', examples)} (${switchInterval(row)})`;
  const better = { 'first-better': row.first, 'second-better': row.second, undecided: undefined }[
    row.verdict
  ];
  const leads = better === undefined ? '' : `; ${better} better on average`;
  return { star: undefined, words: phrase`${withoutStar(row)}${crossing}${leads}` };
}

// Better on average says nothing of a crossing: the curves may well cross in range.
function withoutStar({ verdict, n_star }: CrossoverRow): string {
  if (verdict === 'undecided') return 'undecided';
  return n_star === null ? 'no crossing observed' : 'not decided';
}

export function switchText({ star, words }: SwitchWords): string {
  return star === undefined ? phraseText(words) : `${phraseText(star)} ${phraseText(words)}`;
}

function decided(row: CrossoverRow): SwitchWords {
  return { star: [shown(row, 'n_star', examples)], words: phrase`(${switchInterval(row)})` };
}
