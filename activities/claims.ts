import { readTable, writeTable } from '../artifacts/parquet.js';
import type { Store } from '../artifacts/store.js';
import { claimIssues } from '../evaluation/claims/claim-stages.js';
import { type ClaimRows, type JudgedClaims, judgeClaims } from '../evaluation/claims/judge-claims.js';
import type { BootstrapSettings } from '../evaluation/statistics/task-bootstrap.js';
import { ClaimRow, type ClaimSet, EvidenceRow } from '../schemas/claims.js';
import type { Pipeline, StageOf } from '../schemas/pipeline.js';
import { dataStageOf, stagesOf } from '../schemas/pipeline-graph.js';
import { sampleOf } from '../schemas/plan.js';
import type { FitRecord } from '../schemas/stages.js';

/** A pre-registration with what the study says of it. */
export type StudiedClaims = JudgedClaims & { registered: ClaimSet };

/** Judges a study by its claims and stores the verdicts. */
export async function storeClaims(
  store: Store,
  rows: ClaimRows,
  { set, settings }: { set: ClaimSet; settings: BootstrapSettings },
): Promise<NonNullable<FitRecord['claims']>> {
  const { claims, evidence } = judgeClaims(rows, { set, settings });
  return {
    registered: set,
    verdicts: await store.put(await writeTable(claims, ClaimRow, { table: 'claims' }), 'parquet'),
    evidence: await store.put(await writeTable(evidence, EvidenceRow, { table: 'evidence' }), 'parquet'),
  };
}

/** The stored verdicts; undefined for a study without claims. */
export async function readClaims(
  store: Store,
  { claims }: Pick<FitRecord, 'claims'>,
): Promise<StudiedClaims | undefined> {
  if (claims === null) return undefined;
  return {
    registered: claims.registered,
    claims: await readTable(await store.get(claims.verdicts), ClaimRow),
    evidence: await readTable(await store.get(claims.evidence), EvidenceRow),
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
