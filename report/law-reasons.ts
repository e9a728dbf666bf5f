import type { LawRow } from '../evaluation/statistics/law-rows.js';

/** Whether the chosen curve is a law, and not the observed points joined. */
export function isLaw({ law }: Pick<LawRow, 'law'>): boolean {
  return law !== 'monotone';
}

/** To how many of the curves no law was fitted, and why; undefined where every curve has one. */
export function withoutLaw(chosen: readonly LawRow[], all: readonly LawRow[]): string | undefined {
  const joined = chosen.filter((row) => !isLaw(row));
  if (joined.length === 0) return undefined;
  const which = joined.length === chosen.length ? '' : ` to ${joined.length} of ${chosen.length} curves`;
  return `No law is fitted${which}: ${reasonsOf(joined, all)}. There the lines only join the points.`;
}

/** Why the curves of these rows have no law. */
export function reasonsOf(joined: readonly LawRow[], all: readonly LawRow[]): string {
  const isSame = (one: LawRow) =>
    joined.some(({ model, task, stage }) => one.model === model && one.task === task && one.stage === stage);
  const reasons = all.flatMap((row) => (isLaw(row) && isSame(row) ? (row.reason ?? []) : []));
  return reasons.length === 0 ? 'joined points do better' : [...new Set(reasons)].join(', or ');
}
