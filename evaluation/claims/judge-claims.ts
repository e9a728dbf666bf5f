import type { Claim, ClaimRow, ClaimSet, EvidenceRow } from '../../schemas/claims.js';
import type { CellRow, ItemRow } from '../../schemas/tables.js';
import { scoredTasks } from '../statistics/scored-tasks.js';
import type { BootstrapSettings } from '../statistics/task-bootstrap.js';
import { claimIssues } from './claim-stages.js';
import { type Complexity, complexityCells, levelsOf, strataAlong } from './complexity-cells.js';
import { crosses } from './crosses.js';
import type { Bench, Judgement } from './judgement.js';
import { aheadWithFew, sparesOthers } from './lead.js';
import { fallsWithComplexity, recoversWithData } from './trend.js';

export type JudgedClaims = { claims: ClaimRow[]; evidence: EvidenceRow[] };

/** A fact of a task for a model, say its feature density. */
export type Fact = { model: string; task: string; fact: string; value: number };

export type ClaimRows = {
  items: readonly ItemRow[];
  cells: readonly CellRow[];
  /** Facts of (model, task); those that have every axis of the set are its cells of complexity. */
  facts: readonly Fact[];
};

/**
 * The verdict on every registered claim, from a study’s rows alone. A resample draws items, and deviations for seeds, in
 * each cell of complexity by itself; the cells and the models trained for them are as they are. The same rows give the same verdicts.
 * Throws when no task has all axes, one of its tests has no rows, or the claims do not fit the stages and budgets.
 */
export function judgeClaims(
  rows: ClaimRows,
  { set, settings }: { set: ClaimSet; settings: BootstrapSettings },
): JudgedClaims {
  checkPlan(rows.cells, set);
  const complexities = complexitiesOf(rows, set);
  const cells = complexityCells(scoredTasks(rows), { set, complexities, settings });
  const bench = { set, cells, confidence: settings.confidence };
  const judged = Object.entries(set.claims).map(([name, claim]) => judge(name, claim, bench));
  return { claims: judged.map(({ row }) => row), evidence: judged.flatMap(({ evidence }) => evidence) };
}

function judge(name: string, claim: Claim, bench: Bench): { row: ClaimRow; evidence: EvidenceRow[] } {
  const { verdict, evidence, cells } = judgementOf(claim, bench);
  const least = (numbers: number[]) => (numbers.length === 0 ? 0 : Math.min(...numbers));
  const seeds = least(evidence.map((row) => row.seeds));
  const shortfall = shortfallOf({ seeds, cells }, bench);
  const row: ClaimRow = {
    claim: name,
    standing: claim.standing,
    rule: claim.rule,
    statement: claim.claim,
    source: claim.source,
    verdict: shortfall === null ? verdict : 'undecided',
    shortfall,
    cells,
    seeds,
    items: least(evidence.map((row) => row.items)),
  };
  return { row, evidence: evidence.map((part) => ({ claim: name, ...part })) };
}

function judgementOf(claim: Claim, bench: Bench): Judgement {
  switch (claim.rule) {
    case 'ahead-with-few':
      return aheadWithFew(claim, bench);
    case 'falls-with-complexity':
      return fallsWithComplexity(claim, bench);
    case 'recovers-with-data':
      return recoversWithData(claim, bench);
    case 'crosses':
      return crosses(claim, bench);
    case 'spares-others':
      return sparesOthers(claim, bench);
  }
}

/** What the registration asks for and the study has not, in words; null when it is large enough. */
function shortfallOf(
  { seeds, cells }: { seeds: number; cells: number },
  { set, cells: all }: Bench,
): string | null {
  const { at_least } = set;
  if (seeds < at_least.seeds)
    return `${seeds} complete seeds in the smallest cell, at least ${at_least.seeds} registered`;
  if (cells < all.length) return `results in ${cells} of ${all.length} cells of complexity, all are needed`;
  for (const axis of Object.keys(set.axes)) {
    const levels = Math.max(0, ...strataAlong(all, axis).map((stratum) => levelsOf(stratum, axis).length));
    if (levels < at_least.levels)
      return `${levels} levels of “${axis}” with all else equal, at least ${at_least.levels} registered`;
  }
  return null;
}

// A task without results on its steered labels, such as a view of another task, is no cell.
function complexitiesOf({ facts, cells }: ClaimRows, { name, axes, effectiveness }: ClaimSet): Complexity[] {
  const found = new Map<string, Complexity>();
  for (const { model, task, fact, value } of facts) {
    if (!(fact in axes)) continue;
    const place = JSON.stringify([model, task]);
    const { levels } = found.get(place) ?? { levels: {} };
    found.set(place, { model, task, levels: { ...levels, [fact]: value } });
  }
  const studied = new Set(cells.map(({ model, task }) => JSON.stringify([model, task])));
  const complete = [...found.values()].filter(
    ({ model, task, levels }) =>
      Object.keys(axes).every((axis) => axis in levels) &&
      studied.has(JSON.stringify([model, effectiveness.replaceAll('{task}', task)])),
  );
  if (complete.length > 0) return complete;
  throw new Error(
    `claims ${name}: found no task with the facts ${Object.keys(axes).join(', ')} and results on "${effectiveness}"; expected tasks that state their complexity, judged there by the sample stage’s "elsewhere"`,
  );
}

function checkPlan(cells: readonly CellRow[], set: ClaimSet): void {
  const stages = [...new Set(cells.map(({ stage }) => stage))].sort();
  const budgets = [...new Set(cells.map(({ n }) => n))]
    .filter((n) => n > 0)
    .sort((one, other) => one - other);
  const issues = claimIssues(set, { stages, budgets });
  if (issues.length > 0) throw new Error(issues.join('\n'));
}
