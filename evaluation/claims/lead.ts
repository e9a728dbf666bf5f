import type { ClaimOf } from '../../schemas/claims.js';
import { type Estimate, type Interval, percentileInterval } from '../statistics/bootstrap.js';
import { signTest } from '../statistics/sign-test.js';
import { sign } from '../statistics/verdict.js';
import { leadOf, meanOfCells, type Range } from './estimates.js';
import { type Bench, type Evidence, evidenceOf, type Judgement, measuredCells } from './judgement.js';

/**
 * Replicated when one stage leads the other with few examples: its mean lead over all cells of complexity is above 0 with
 * its whole interval, and it leads in more than half of the cells. Not replicated when a lead of the registered size is
 * excluded. The sign test over cells is reported with it.
 */
export function aheadWithFew(claim: ClaimOf<'ahead-with-few'>, bench: Bench): Judgement {
  return judgeLead(claim, bench, { test: 'effectiveness', range: { upTo: bench.set.few } });
}

/** The same rule on the labels that should stay, at the largest budget: which stage leaves them more intact. */
export function sparesOthers(claim: ClaimOf<'spares-others'>, bench: Bench): Judgement {
  return judgeLead(claim, bench, { test: 'selectivity', range: 'largest' });
}

function judgeLead(
  { better, than, negligible }: ClaimOf<'ahead-with-few' | 'spares-others'>,
  { cells, confidence }: Bench,
  { test, range }: { test: 'effectiveness' | 'selectivity'; range: Range },
): Judgement {
  const stages = { first: better, second: than };
  const leads = measuredCells(cells, (cell) => leadOf(cell[test], stages, range));
  if (leads.length === 0) return { verdict: 'undecided', evidence: [], cells: 0 };
  const row = (of: typeof leads, estimate: Estimate, part: Evidence['part']) => {
    const interval = percentileInterval(estimate, confidence);
    const finding = findingOf(interval, negligible);
    return evidenceOf(of, stages, {
      part,
      quantity: 'difference',
      confidence,
      finding,
      ...interval,
      bound: negligible,
    });
  };
  const values = leads.map(({ measured }) => measured.estimate.point);
  const ahead = values.filter((value) => value > 0).length;
  const all = {
    ...row(leads, meanOfCells(leads.map(({ measured }) => measured.estimate)), 'all'),
    p: signTest(values),
    cells_ahead: ahead,
  };
  const finding = all.finding === 'for' && ahead <= leads.length / 2 ? 'open' : all.finding;
  return {
    verdict: finding === 'for' ? 'replicated' : finding === 'against' ? 'not-replicated' : 'undecided',
    cells: leads.length,
    evidence: [{ ...all, finding }, ...leads.map((lead) => row([lead], lead.measured.estimate, 'cell'))],
  };
}

function findingOf(interval: Interval, negligible: number): Evidence['finding'] {
  if (sign(interval) > 0) return 'for';
  return interval.high < negligible ? 'against' : 'open';
}
