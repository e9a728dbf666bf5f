import { groupBy } from '../evaluation/statistics/group-by.js';
import type { CrossoverRow } from '../schemas/tables.js';
import { ADVICE_WORDS, type Advice } from './advice.js';
import type { Answer } from './answer.js';

/** The answers for all tasks of one type with one model. */
export type TypeAnswer = {
  type: Answer['type'];
  model: string;
  answers: Answer[];
  /** Comparisons of which N* is decided. */
  crossovers: CrossoverRow[];
  hypothesis: Answer['hypothesis'];
};

export const TYPE_NAMES: Readonly<Record<Answer['type'], string>> = {
  capability: 'General capability',
  reasoning: 'Reasoning',
  agentic: 'Agentic',
};

/** Answers by type of task, and within a type by model, in the order of their first. */
export function typeAnswers(answers: readonly Answer[]): TypeAnswer[] {
  const types = [...groupBy(answers, ({ type }) => type).values()];
  return types.flatMap((ofType) =>
    [...groupBy(ofType, ({ model }) => model).values()].flatMap((rows) => {
      const [first] = rows;
      if (first === undefined) return [];
      return [
        {
          type: first.type,
          model: first.model,
          answers: rows,
          crossovers: rows.flatMap(({ choice, comparison }) =>
            choice === 'switch' && comparison ? [comparison] : [],
          ),
          hypothesis: majority(rows),
        },
      ];
    }),
  );
}

/** The verdict on H1 that more than half of the comparisons have; else undecided. A count, not a test. */
export function majority(answers: readonly Answer[]): Answer['hypothesis'] {
  const having = (verdict: Answer['hypothesis']) =>
    answers.filter(({ hypothesis }) => hypothesis === verdict).length;
  if (2 * having('supported') > answers.length) return 'supported';
  return 2 * having('not supported') > answers.length ? 'not supported' : 'undecided';
}

/** `fine-tune 2, no gain 1`: the advice at one end of the numbers of examples, most frequent first. */
export function adviceCounts(answers: readonly Answer[], end: 'smallest' | 'largest'): string {
  const found = answers.map((answer) => endAdvice(answer, end));
  const counts = [...groupBy(found, (advice) => advice)].toSorted(
    ([, one], [, other]) => other.length - one.length,
  );
  const isOne = answers.length === 1;
  return counts
    .map(([advice, of]) => (isOne ? ADVICE_WORDS[advice] : `${ADVICE_WORDS[advice]} ${of.length}`))
    .join(', ');
}

export function endAdvice({ advice }: Answer, end: 'smallest' | 'largest'): Advice {
  return advice.at(end === 'smallest' ? 0 : -1)?.advice ?? 'undecided';
}
