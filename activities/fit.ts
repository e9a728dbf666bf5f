import { remembered } from '../artifacts/remembered.js';
import type { Pipeline } from '../schemas/pipeline.js';
import { FitOutcome, type FitRecord, type GroupInput, type GroupResult } from '../schemas/stages.js';
import type { StageContext } from './context.js';
import { studyConvergence } from './convergence.js';
import { type FitPlan, fitPlan } from './fit-plan.js';
import { putJson, readPipeline, recordName } from './records.js';
import { estimateTables, parquetFiles, resultTables } from './study-tables.js';
import { inputsOf, type StudyGroups, studyGroups, studyTables } from './tables.js';

/** Recomputes every estimate of the study from its per-item results, unless it was computed from the same ones before. */
export async function fit(input: GroupInput, context: StageContext): Promise<GroupResult> {
  const { store, loadClaims, build, onProgress } = context;
  const pipeline = await readPipeline(store, input);
  const stage = pipeline.stages[input.stage];
  if (stage?.stage !== 'fit')
    throw new Error(`stage "${input.stage}" is ${stage?.stage ?? 'missing'}, expected fit`);
  onProgress({ cell: input.stage, phase: 'reading cells', step: 0, of: 2 });
  const groups = await studyGroups(store, input.run, { pipeline, stages: stage.of });
  const plan = await fitPlan(pipeline, stage, loadClaims);
  const inputs = { build, plan, results: inputsOf(groups) };
  const { record, headline } = await remembered(store, { what: 'fits', inputs, schema: FitOutcome }, () =>
    estimated(groups, { pipeline, plan }, context),
  );
  await store.writePointer(recordName(input.run, input.stage, input.group), record);
  return { record: await putJson(store, record), computed: 0, cached: 0, failed: 0, headline };
}

async function estimated(
  groups: StudyGroups,
  { pipeline, plan }: { pipeline: Pipeline; plan: FitPlan },
  { store, onProgress }: StageContext,
): Promise<FitOutcome> {
  const rows = await studyTables(store, groups);
  onProgress({ cell: 'estimates', phase: 'resampling', step: 1, of: 2 });
  const { estimatesOf } = await import('./estimates.js');
  const estimates = estimatesOf(rows, plan, ({ model, task, done, of }) =>
    onProgress({ cell: `${model} ${task}`, phase: 'estimated', step: done, of }),
  );
  const { confidence } = plan.stage;
  const convergence = await studyConvergence(store, groups.groups, { pipeline, confidence });
  const files = await parquetFiles({
    ...resultTables(rows),
    ...estimateTables({ ...estimates, convergence }),
  });
  const stored = Object.entries(files).map(
    async ([name, bytes]) => [name, await store.put(bytes, 'parquet')] as const,
  );
  const record: FitRecord = { tables: Object.fromEntries(await Promise.all(stored)), claims: plan.claims };
  const headline = `${rows.cells.length} cells, ${rows.items.length} item results, ${estimates.fit.crossovers.length} comparisons`;
  return { record, headline };
}
