import type { ClaimOf, ClaimVerdict } from '../../schemas/claims.js';
import type { CrossoverRow } from '../../schemas/tables.js';
import { commonBudgets } from '../statistics/comparison.js';
import { crossover } from '../statistics/crossover.js';
import { sign } from '../statistics/verdict.js';
import { axisTrend } from './axis-trend.js';
import { comparedPair, type Measured, widenedInterval } from './estimates.js';
import {
  type Bench,
  type Evidence,
  evidenceOf,
  type Finding,
  type Judgement,
  type MeasuredCell,
} from './judgement.js';
import { switchPlaces, withinBudgets } from './switch-places.js';

type Crossing = MeasuredCell & { row: CrossoverRow };

/**
 * Replicated when `second` overtakes `first` in more than half of the cells of complexity, each by the verdict of the
 * crossover table; not replicated when in half of them or more another verdict is reached. With `shifts`, N* must also
 * move along some axis: Spearman’s coefficient of complexity and N* excludes 0 at a confidence shared by the axes
 * (Bonferroni). No shift beyond the registered doublings on every axis refutes that part.
 */
export function crosses(claim: ClaimOf<'crosses'>, bench: Bench): Judgement {
  const { cells, confidence } = bench;
  const stages = { first: claim.first, second: claim.second };
  const crossings = cells.flatMap((cell) => crossingOf(cell, stages));
  const rows = crossings.map((crossing) => crossingEvidence(crossing, stages, confidence));
  const found = majority(rows.map(({ finding }) => finding));
  if (claim.shifts === undefined) return { verdict: found, evidence: rows, cells: crossings.length };
  const shifts = shiftEvidence(crossings, claim, bench);
  const moved = anyOf(shifts.map(({ finding }) => finding));
  const verdict = [found, moved].includes('not-replicated')
    ? 'not-replicated'
    : found === moved
      ? found
      : 'undecided';
  return { verdict, evidence: [...rows, ...shifts], cells: crossings.length };
}

function crossingOf(cell: Bench['cells'][number], stages: { first: string; second: string }): Crossing[] {
  const test = cell.effectiveness;
  const pair = comparedPair(test, stages);
  if (pair === undefined) return [];
  const row = crossover(pair, 'score', test);
  const estimate = switchPlaces(pair, test);
  if (row === undefined || estimate === undefined) return [];
  const measured: Measured = { estimate, budgets: commonBudgets(pair), seeds: row.seeds, items: row.items };
  return [{ cell, measured, row }];
}

function crossingEvidence(
  crossing: Crossing,
  stages: { first: string; second: string },
  confidence: number,
): Evidence {
  const { verdict, n_star, low, high, censoring, probability_in_range } = crossing.row;
  return evidenceOf([crossing], stages, {
    part: 'cell',
    quantity: 'crossover',
    confidence,
    finding: takesOver(crossing.row) ? 'for' : verdict === 'undecided' ? 'open' : 'against',
    value: n_star,
    low,
    high,
    censoring,
    probability: probability_in_range,
  });
}

function takesOver({ verdict, direction }: CrossoverRow): boolean {
  return verdict === 'crossover' && direction === 'first-then-second';
}

/** Along each axis: the rank correlation of complexity and N*, and the change of log₂ N* with places kept in range. */
function shiftEvidence(
  crossings: readonly Crossing[],
  { first, second, shifts }: ClaimOf<'crosses'>,
  { set, confidence }: Bench,
): Evidence[] {
  const axes = Object.keys(set.axes);
  const shared = 1 - (1 - confidence) / axes.length;
  const still = shifts?.still_within ?? 0;
  const reach = (budgets: readonly number[]) => Math.log2(Math.max(...budgets) / Math.min(...budgets));
  return axes.flatMap((axis) => {
    const ranked = axisTrend(
      crossings.map(({ cell, measured }) => ({ cell, estimate: measured.estimate })),
      axis,
    );
    const kept = axisTrend(
      crossings.map(({ cell, measured: { estimate, budgets } }) => ({
        cell,
        estimate: withinBudgets(estimate, budgets),
      })),
      axis,
    );
    if (ranked === undefined || kept === undefined) return [];
    const along = crossings.filter(({ cell }) => ranked.cells.some((part) => part.cell === cell));
    const correlation = widenedInterval(ranked.correlation, shared, [-1, 1]);
    const most = reach(along.flatMap(({ measured }) => measured.budgets));
    const shift = widenedInterval(kept.change, shared, [-most, most]);
    // Only where every cell crosses in range: places moved to its ends would hide a shift.
    const isStill = along.every(({ row }) => takesOver(row)) && shift.low > -still && shift.high < still;
    const finding: Finding = sign(correlation) !== 0 ? 'for' : isStill ? 'against' : 'open';
    const row = (found: Pick<Evidence, 'quantity'> & Partial<Evidence>) =>
      evidenceOf(along, { first, second }, { part: 'axis', axis, confidence: shared, finding, ...found });
    return [
      row({ quantity: 'shift-correlation', ...correlation }),
      row({ quantity: 'shift', ...shift, bound: still }),
    ];
  });
}

function majority(findings: readonly Finding[]): ClaimVerdict {
  const share = (wanted: Finding) =>
    findings.filter((finding) => finding === wanted).length / findings.length;
  if (share('for') > 0.5) return 'replicated';
  return share('against') >= 0.5 ? 'not-replicated' : 'undecided';
}

function anyOf(findings: readonly Finding[]): ClaimVerdict {
  if (findings.includes('for')) return 'replicated';
  return findings.length > 0 && findings.every((finding) => finding === 'against')
    ? 'not-replicated'
    : 'undecided';
}
