import { readTable } from '../artifacts/parquet.js';
import { claimIssues } from '../evaluation/claims/claim-stages.js';
import type { JudgedClaims } from '../evaluation/claims/judge-claims.js';
import { ClaimRow, type ClaimSet, EvidenceRow } from '../schemas/claims.js';
import type { Pipeline, StageOf } from '../schemas/pipeline.js';
import { dataStageOf, stagesOf } from '../schemas/pipeline-graph.js';
import { sampleOf } from '../schemas/plan.js';
import type { TableReader } from './study-tables.js';

/** A pre-registration with what the study says of it. */
export type StudiedClaims = JudgedClaims & { registered: ClaimSet };

/** The stored verdicts by a pre-registration; undefined for a study without one. */
export async function readClaims(
  registered: ClaimSet | null,
  read: TableReader,
): Promise<StudiedClaims | undefined> {
  if (registered === null) return undefined;
  return {
    registered,
    claims: await readTable(await read('claims.parquet'), ClaimRow),
    evidence: await readTable(await read('claim-evidence.parquet'), EvidenceRow),
  };
}

/** Whether the claims that fit stages name are there and fit the plan. @throws Error naming what does not */
export async function checkClaims(
  pipeline: Pipeline,
  loadClaims: (name: string) => Promise<ClaimSet>,
): Promise<void> {
  for (const [name, stage] of stagesOf(pipeline, 'fit')) {
    if (stage.claims === undefined) continue;
    const issues = claimIssues(await loadClaims(stage.claims), {
      stages: stage.of,
      budgets: budgetsBehind(pipeline, stage),
    });
    if (issues.length > 0) throw new Error(issues.map((issue) => `stage "${name}": ${issue}`).join('\n'));
  }
}

function budgetsBehind(pipeline: Pipeline, { of }: StageOf<'fit'>): number[] {
  const data = of.map((stage) => dataStageOf(pipeline, stage)).find((stage) => stage !== undefined);
  return data === undefined ? [] : sampleOf(pipeline, data).budgets;
}
