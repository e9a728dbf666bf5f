import type { Answer } from './answer.js';
import { count, points } from './number-format.js';
import { type Phrase, phrase, shown } from './phrase.js';

/** `Supported in 2 of 15 comparisons, not supported in 5, undecided in 8.` */
export function tally(answers: readonly Answer[]): string {
  const having = (verdict: Answer['hypothesis']) =>
    answers.filter(({ hypothesis }) => hypothesis === verdict).length;
  const of = answers.length === 1 ? 'one comparison' : `${answers.length} comparisons`;
  return `Supported in ${having('supported')} of ${of}, not supported in ${having('not supported')}, undecided in ${having('undecided')}.`;
}

/** The difference at one end of the numbers of examples, as the comparison has it: second − first, which may be steering − fine-tuning. */
export function endDifference({ comparison: row, steer }: Answer, end: 'smallest' | 'largest'): Phrase {
  if (row === undefined) return phrase`–`;
  const at = `difference_at_${end}` as const;
  const interval = phrase`${shown(row, at, points)} (${shown(row, `${at}_low`, points)} to ${shown(row, `${at}_high`, points)}) at N = ${shown(row, `${end}_n`, count)}`;
  return row.first === steer ? interval : phrase`steering − fine-tuning: ${interval}`;
}
