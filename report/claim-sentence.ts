import type { ClaimVerdict } from '../schemas/claims.js';
import type { Study } from './study.js';

/** How a verdict is written. */
export const VERDICT_WORDS: Record<ClaimVerdict, string> = {
  replicated: 'replicated',
  'not-replicated': 'not replicated',
  undecided: 'undecided',
};

/** The verdicts in one sentence: `Of the claims …, SC-1 and SC-2 replicated; SC-3 not replicated.` */
export function claimsSentence({ claims }: NonNullable<Study['claims']>): string {
  const clauses = Object.entries(VERDICT_WORDS).flatMap(([verdict, words]) => {
    const names = claims.filter((row) => row.verdict === verdict).map(({ claim }) => claim);
    return names.length === 0 ? [] : [`${listed(names)} ${words}`];
  });
  return `Of the claims registered before any result was looked at, ${clauses.join('; ')}.`;
}

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
