import { sign } from '../evaluation/statistics/verdict.js';
import type { Answer } from './answer.js';
import { decidedSign } from './decided.js';
import { count, points, pValue } from './number-format.js';
import { type Phrase, phrase, shown } from './phrase.js';
import type { Study } from './study.js';

/** `Supported in 2 of 15 comparisons, not supported in 5, undecided in 8.` */
export function tally(answers: readonly Answer[]): string {
  const having = (verdict: Answer['hypothesis']) =>
    answers.filter(({ hypothesis }) => hypothesis === verdict).length;
  // Beside its verdict.
  if (answers.length === 1) return 'One comparison.';
  const of = `${answers.length} comparisons`;
  return `Supported in ${having('supported')} of ${of}, not supported in ${having('not supported')}, undecided in ${having('undecided')}.`;
}

/**
 * The difference at one end of the numbers of examples, as the comparison has it: second − first, which may be steering −
 * fine-tuning. Where its interval excludes zero and it is not decided, the p-value that stands against it.
 */
export function endDifference(
  answer: Answer,
  end: 'smallest' | 'largest',
  settings: Study['settings'],
): Phrase {
  const { comparison: row, steer } = answer;
  if (row === undefined) return phrase`–`;
  const at = `difference_at_${end}` as const;
  const interval = phrase`${shown(row, at, points)} (${shown(row, `${at}_low`, points)} to ${shown(row, `${at}_high`, points)}) at N = ${shown(row, `${end}_n`, count)}${holmPhrase(answer, row[`${end}_n`], settings)}`;
  return row.first === steer ? interval : phrase`steering − fine-tuning: ${interval}`;
}

function holmPhrase({ differences }: Answer, n: number, settings: Study['settings']): Phrase {
  const row = differences.find((difference) => difference.n === n);
  const isShort = row !== undefined && sign(row) !== 0 && decidedSign(row, settings) === 0;
  return isShort && row.p_holm !== null ? phrase`, Holm’s p = ${shown(row, 'p_holm', pValue)}` : phrase``;
}
