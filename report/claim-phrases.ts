import { groupBy } from '../evaluation/statistics/group-by.js';
import type { ClaimRow, EvidenceRow } from '../schemas/claims.js';
import {
  correlation,
  count,
  doublings,
  examples,
  type NumberFormat,
  points,
  pValue,
} from './number-format.js';
import { type Phrase, phrase, shown } from './phrase.js';

const UNITS: Record<EvidenceRow['quantity'], NumberFormat> = {
  difference: points,
  'rank-correlation': correlation,
  change: points,
  crossover: examples,
  'shift-correlation': correlation,
  shift: doublings,
};

/** What decided a claim, in a few clauses of numbers; the other estimates are in the table of evidence. */
export function decisivePhrases({ shortfall, rule }: ClaimRow, evidence: readonly EvidenceRow[]): Phrase[] {
  const told =
    rule === 'crosses'
      ? [crossingCount(evidence), ...axisPhrases(evidence)]
      : [...evidence.filter(({ part }) => part === 'all').map(leadPhrase), ...axisPhrases(evidence)];
  return shortfall === null ? told : [phrase`too small: ${shortfall}`, ...told];
}

/** `+3.1 (+1.0 to +5.2)`; an end of a crossover’s interval beyond the budgets is written as a bound. */
export function estimatePhrase(row: EvidenceRow): Phrase {
  const unit = UNITS[row.quantity];
  const low = row.low === null ? phrase`below ${shown(row, 'smallest_n', count)}` : [shown(row, 'low', unit)];
  const high =
    row.high === null ? phrase`above ${shown(row, 'largest_n', count)}` : [shown(row, 'high', unit)];
  return phrase`${shown(row, 'value', unit)} (${low} to ${high})`;
}

function leadPhrase(row: EvidenceRow): Phrase {
  return phrase`${row.first} − ${row.second ?? ''}: ${estimatePhrase(row)} points; ahead in ${shown(row, 'cells_ahead', count)} of ${shown(row, 'cells', count)} cells, sign test p = ${shown(row, 'p', pValue)}`;
}

function crossingCount(evidence: readonly EvidenceRow[]): Phrase {
  const cells = evidence.filter(({ part }) => part === 'cell');
  const having = (finding: EvidenceRow['finding']) =>
    String(cells.filter((row) => row.finding === finding).length);
  const [first, second] = [cells[0]?.first ?? '', cells[0]?.second ?? ''];
  return phrase`${second} overtakes ${first} in ${having('for')} of ${String(cells.length)} cells; another verdict in ${having('against')}, undecided in ${having('open')}`;
}

/** A clause for each axis and range of budgets: the rank correlation, and what changes from the lowest level to the highest. */
function axisPhrases(evidence: readonly EvidenceRow[]): Phrase[] {
  const rows = evidence.filter(({ part }) => part === 'axis');
  const groups = groupBy(rows, ({ axis, smallest_n, largest_n }) =>
    JSON.stringify([axis, smallest_n, largest_n]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const estimates = group.flatMap(
      (row, index) => phrase`${index > 0 ? ', ' : ''}${WORDS[row.quantity]} ${estimatePhrase(row)}`,
    );
    return [
      phrase`${first.axis ?? ''}, ${budgetsPhrase(first)}: ${estimates} — ${FINDING_WORDS[first.finding]}`,
    ];
  });
}

/** `N = 1 to 32`, or `N = 4096` */
export function budgetsPhrase(row: EvidenceRow): Phrase {
  const smallest = phrase`N = ${shown(row, 'smallest_n', count)}`;
  return row.smallest_n === row.largest_n
    ? smallest
    : phrase`${smallest} to ${shown(row, 'largest_n', count)}`;
}

export const FINDING_WORDS: Record<EvidenceRow['finding'], string> = {
  for: 'for the claim',
  against: 'against it',
  open: 'open',
};

/** What an estimate is of; doublings and points are said where they are listed. */
export const WORDS: Record<EvidenceRow['quantity'], string> = {
  difference: 'difference, points',
  'rank-correlation': 'rank correlation',
  change: 'change in points',
  crossover: 'N*',
  'shift-correlation': 'rank correlation of N*',
  shift: 'doublings of N*',
};
