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
  return phrase`${second} overtakes ${first} in ${having('for')} of ${String(cells.length)} cells${rangeOfSwitches(cells)}; another verdict in ${having('against')}, undecided in ${having('open')}`;
}

/** The smallest and the largest N* among the decided ones. */
function rangeOfSwitches(cells: readonly EvidenceRow[]): Phrase {
  const decided = cells.filter(({ finding }) => finding === 'for');
  const sorted = decided.toSorted((one, other) => (one.value ?? 0) - (other.value ?? 0));
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined) return phrase``;
  if (least === most) return phrase`, at N* = ${estimatePhrase(least)}`;
  return phrase`, at N* from ${estimatePhrase(least)} to ${estimatePhrase(most)}`;
}

/** A clause for each axis: its estimates, first with few examples, then with most, and what each says of the claim. */
function axisPhrases(evidence: readonly EvidenceRow[]): Phrase[] {
  const rows = evidence.filter(({ part }) => part === 'axis');
  return [...groupBy(rows, ({ axis }) => axis ?? '')].map(([axis, ofAxis]) => {
    const ranges = groupBy(ofAxis, ({ smallest_n, largest_n }) => JSON.stringify([smallest_n, largest_n]));
    const clauses = [...ranges.values()].map(rangePhrase);
    return phrase`${axis}: ${clauses.flatMap((clause, index) => phrase`${index > 0 ? '; ' : ''}${clause}`)}`;
  });
}

function rangePhrase(rows: readonly EvidenceRow[]): Phrase {
  const [first] = rows;
  if (first === undefined) return phrase``;
  const estimates = rows.flatMap(
    (row, index) => phrase`${index > 0 ? ', ' : ''}${WORDS[row.quantity]} ${estimatePhrase(row)}`,
  );
  return phrase`${estimates} at ${budgetsPhrase(first)}, ${FINDING_WORDS[first.finding]}`;
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

/** What an estimate is of. */
export const WORDS: Record<EvidenceRow['quantity'], string> = {
  difference: 'difference',
  'rank-correlation': 'rank correlation',
  change: 'change',
  crossover: 'N*',
  'shift-correlation': 'rank correlation of N*',
  shift: 'doublings of N*',
};
