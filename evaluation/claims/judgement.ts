import type { ClaimSet, ClaimVerdict, EvidenceRow } from '../../schemas/claims.js';
import type { ComplexityCell } from './complexity-cells.js';
import type { Measured } from './estimates.js';

export type Finding = EvidenceRow['finding'];

/** An estimate as its rule sees it; the claim’s name is added outside. */
export type Evidence = Omit<EvidenceRow, 'claim'>;

/** What a rule says, the estimates it says it by, and the number of cells that had results for it. */
export type Judgement = { verdict: ClaimVerdict; evidence: Evidence[]; cells: number };

/** What every rule works from. */
export type Bench = { set: ClaimSet; cells: readonly ComplexityCell[]; confidence: number };

/** One cell of complexity with what was measured there. */
export type MeasuredCell = { cell: ComplexityCell; measured: Measured };

/** The cells where there is something to measure. */
export function measuredCells(
  cells: readonly ComplexityCell[],
  measure: (cell: ComplexityCell) => Measured | undefined,
): MeasuredCell[] {
  return cells.flatMap((cell) => {
    const measured = measure(cell);
    return measured === undefined ? [] : [{ cell, measured }];
  });
}

/** Every part in favour replicates a claim, any part against it does not; else it is undecided. */
export function verdictOfAll(findings: readonly Finding[]): ClaimVerdict {
  if (findings.includes('against')) return 'not-replicated';
  return findings.length > 0 && findings.every((finding) => finding === 'for') ? 'replicated' : 'undecided';
}

/** Evidence about one cell, or about all of those given; whatever the rule does not say is empty. */
export function evidenceOf(
  cells: readonly MeasuredCell[],
  stages: Pick<Evidence, 'first' | 'second'>,
  found: Pick<Evidence, 'part' | 'quantity' | 'confidence' | 'finding'> & Partial<Evidence>,
): Evidence {
  const [only] = found.part === 'cell' ? cells : [];
  const parts = cells.map(({ measured }) => measured);
  const budgets = parts.flatMap((part) => part.budgets);
  return {
    axis: null,
    model: only?.cell.model ?? null,
    task: only?.cell.task ?? null,
    levels: only?.cell.levels ?? {},
    ...stages,
    smallest_n: Math.min(...budgets),
    largest_n: Math.max(...budgets),
    value: null,
    low: null,
    high: null,
    censoring: 'none',
    probability: null,
    p: null,
    bound: null,
    cells_ahead: null,
    cells: cells.length,
    seeds: Math.min(...parts.map(({ seeds }) => seeds)),
    items: Math.min(...parts.map(({ items }) => items)),
    ...found,
  };
}
