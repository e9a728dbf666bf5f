import type { ClaimOf } from '../../schemas/claims.js';
import { percentileInterval } from '../statistics/bootstrap.js';
import { axisTrend } from './axis-trend.js';
import { type Range, scoreOf, widenedInterval } from './estimates.js';
import {
  type Bench,
  type Evidence,
  evidenceOf,
  type Finding,
  type Judgement,
  measuredCells,
  verdictOfAll,
} from './judgement.js';

/**
 * Replicated when a stage’s score at the largest budget falls along every axis: Spearman’s coefficient is below 0 with its
 * whole interval. Not replicated when on some axis it does not fall so and a fall of the registered size is excluded.
 */
export function fallsWithComplexity(claim: ClaimOf<'falls-with-complexity'>, bench: Bench): Judgement {
  const { trends, cells } = trendsOf(claim, bench, 'largest');
  return judgementOf(bench, {
    cells,
    parts: trends.map(({ correlation, change, finding }) => ({
      rows: [correlation, change],
      finding: finding.falls,
    })),
  });
}

/**
 * Replicated when on every axis a stage’s score falls with complexity while data are few (the interval of the change is
 * below 0) and stays with the largest budget (that interval lies within the registered bound). Not replicated when on some
 * axis the change at the largest budget lies beyond the bound, or a fall of its size with few data is excluded.
 */
export function recoversWithData(claim: ClaimOf<'recovers-with-data'>, bench: Bench): Judgement {
  const few = trendsOf(claim, bench, { upTo: bench.set.few });
  const most = trendsOf(claim, bench, 'largest');
  return judgementOf(bench, {
    cells: Math.min(few.cells, most.cells),
    parts: [
      ...few.trends.map(({ change, finding }) => ({ rows: [change], finding: finding.drops })),
      ...most.trends.map(({ change, finding }) => ({ rows: [change], finding: finding.stays })),
    ],
  });
}

type Trend = {
  correlation: Evidence;
  change: Evidence;
  finding: Record<'falls' | 'drops' | 'stays', Finding>;
};

/** The trend of a stage’s score along each axis of the set that has cells for one. */
function trendsOf(
  { stage, flat_within: bound }: ClaimOf<'falls-with-complexity' | 'recovers-with-data'>,
  { set, cells, confidence }: Bench,
  range: Range,
): { trends: Trend[]; cells: number } {
  const scores = measuredCells(cells, (cell) => scoreOf(cell.effectiveness, stage, range));
  const stages = { first: stage, second: null };
  const trends = Object.keys(set.axes).flatMap((axis): Trend[] => {
    const trend = axisTrend(
      scores.map(({ cell, measured: { estimate } }) => ({ cell, estimate })),
      axis,
    );
    if (trend === undefined) return [];
    const along = scores.filter(({ cell }) => trend.cells.some((part) => part.cell === cell));
    const correlation = widenedInterval(trend.correlation, confidence, [-1, 1]);
    const change = percentileInterval(trend.change, confidence);
    const row = (found: Partial<Evidence> & Pick<Evidence, 'quantity'>) =>
      evidenceOf(along, stages, { part: 'axis', axis, confidence, finding: 'open', ...found });
    const flat = change.low > -bound;
    const beyond = change.low > bound || change.high < -bound;
    const within = flat && change.high < bound;
    return [
      {
        correlation: row({ quantity: 'rank-correlation', ...correlation }),
        change: row({ quantity: 'change', ...change, bound }),
        finding: {
          falls: correlation.high < 0 ? 'for' : flat ? 'against' : 'open',
          drops: change.high < 0 ? 'for' : flat ? 'against' : 'open',
          stays: within ? 'for' : beyond ? 'against' : 'open',
        },
      },
    ];
  });
  return { trends, cells: scores.length };
}

/** An axis of the set without any trend leaves the claim undecided. */
function judgementOf(
  { set }: Bench,
  { parts, cells }: { parts: readonly { rows: Evidence[]; finding: Finding }[]; cells: number },
): Judgement {
  const axes = new Set(parts.flatMap(({ rows }) => rows.map(({ axis }) => axis)));
  const verdict = verdictOfAll(parts.map(({ finding }) => finding));
  return {
    verdict: axes.size < Object.keys(set.axes).length && verdict === 'replicated' ? 'undecided' : verdict,
    cells,
    evidence: parts.flatMap(({ rows, finding }) => rows.map((row) => ({ ...row, finding }))),
  };
}
