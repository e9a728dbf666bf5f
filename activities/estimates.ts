import { contentKey } from '../artifacts/canonical-json.js';
import { type JudgedClaims, judgeClaims } from '../evaluation/claims/judge-claims.js';
import { type Fit, type FitOptions, fit as fitStudy } from '../evaluation/statistics/fit.js';
import type { CellRow, FactRow, ItemRow } from '../schemas/tables.js';
import type { FitPlan } from './fit-plan.js';

/** The rows of a study that its estimates are made of. */
export interface StudyRows {
  cells: CellRow[];
  items: ItemRow[];
  facts: FactRow[];
}

/** All that a study says, but for how its vectors settle: that is of the vectors themselves. */
export interface Estimates {
  fit: Fit;
  claims: JudgedClaims | undefined;
}

/** The same rows and plan give the same estimates, wherever the rows are from. */
export function estimatesOf(
  rows: StudyRows,
  { stage: { confidence, resamples }, claims: set, ...plan }: FitPlan,
  onTask?: FitOptions['onTask'],
): Estimates {
  const settings = { confidence, resamples, seed: resamplingSeed(rows) };
  return {
    fit: fitStudy(rows, { ...settings, ...plan, ...(onTask && { onTask }) }),
    claims: set === null ? undefined : judgeClaims(rows, { set, settings }),
  };
}

/** Equal results are resampled equally: a cell's key stands for its items, of which there may be too many for one string. */
function resamplingSeed({ cells }: StudyRows): string {
  return contentKey(cells.map(({ task, key }) => [task, key])).slice(0, 16);
}
