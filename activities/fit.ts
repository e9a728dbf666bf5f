import { contentKey } from '../artifacts/canonical-json.js';
import { writeTable } from '../artifacts/parquet.js';
import { remembered } from '../artifacts/remembered.js';
import type { Store } from '../artifacts/store.js';
import type { Fit } from '../evaluation/statistics/fit.js';
import type { Contest } from '../evaluation/statistics/leads.js';
import {
  CompositionRow,
  DifferenceRow,
  EfficiencyRow,
  FrontRow,
  LeadRow,
  MatchedRow,
} from '../evaluation/statistics/rows.js';
import type { ClaimSet } from '../schemas/claims.js';
import { MethodKind, type Pipeline, type StageOf } from '../schemas/pipeline.js';
import { stagesOf } from '../schemas/pipeline-graph.js';
import { FitOutcome, type FitRecord, type GroupInput, type GroupResult } from '../schemas/stages.js';
import { CellRow, CrossoverRow, CurveRow, ItemRow } from '../schemas/tables.js';
import { storeClaims } from './claims.js';
import type { StageContext } from './context.js';
import { storeConvergence } from './convergence.js';
import { storeLaws } from './law-tables.js';
import { methodOf } from './methods.js';
import { putJson, readPipeline, recordName } from './records.js';
import { inputsOf, type StudyGroups, type StudyTables, studyGroups, studyTables } from './tables.js';

/** Recomputes every estimate of the study from its per-item results, unless it was computed from the same ones before. */
export async function fit(input: GroupInput, context: StageContext): Promise<GroupResult> {
  const { store, loadClaims, build, onProgress } = context;
  const pipeline = await readPipeline(store, input);
  const stage = pipeline.stages[input.stage];
  if (stage?.stage !== 'fit')
    throw new Error(`stage "${input.stage}" is ${stage?.stage ?? 'missing'}, expected fit`);
  onProgress({ cell: input.stage, phase: 'reading cells', step: 0, of: 2 });
  const groups = await studyGroups(store, input.run, { pipeline, stages: stage.of });
  const claims = stage.claims === undefined ? null : await loadClaims(stage.claims);
  const plan = {
    stage,
    claims,
    pairs: pairsOf(pipeline, stage),
    combinations: combinationsOf(pipeline, stage),
  };
  const contests = contestsOf(pipeline, stage);
  const inputs = { build, plan, contests, results: inputsOf(groups) };
  const { record, headline } = await remembered(store, { what: 'fits', inputs, schema: FitOutcome }, () =>
    estimated(groups, { pipeline, ...plan, contests }, context),
  );
  await store.writePointer(recordName(input.run, input.stage, input.group), record);
  return { record: await putJson(store, record), computed: 0, cached: 0, failed: 0, headline };
}

interface FitPlan {
  pipeline: Pipeline;
  stage: StageOf<'fit'>;
  claims: ClaimSet | null;
  pairs: [string, string][];
  combinations: { stage: string; of: readonly [string, string]; against: readonly string[] }[];
  contests: Contest[];
}

async function estimated(
  groups: StudyGroups,
  { pipeline, stage: { confidence, resamples }, claims, ...plan }: FitPlan,
  { store, onProgress }: StageContext,
): Promise<FitOutcome> {
  const tables = await studyTables(store, groups);
  onProgress({ cell: 'estimates', phase: 'resampling', step: 1, of: 2 });
  const settings = { confidence, resamples, seed: resamplingSeed(tables) };
  const { fit: fitStudy } = await import('../evaluation/statistics/fit.js');
  const onTask = ({ model, task, done, of }: { model: string; task: string; done: number; of: number }) =>
    onProgress({ cell: `${model} ${task}`, phase: 'estimated', step: done, of });
  const estimates = fitStudy(tables, { ...settings, ...plan, onTask });
  const record: FitRecord = {
    ...(await storeTables(store, tables, estimates)),
    convergence: await storeConvergence(store, groups.groups, { pipeline, confidence }),
    claims: claims === null ? null : await storeClaims(store, tables, { set: claims, settings }),
  };
  const headline = `${tables.cells.length} cells, ${tables.items.length} item results, ${estimates.crossovers.length} comparisons`;
  return { record, headline };
}

function combinationsOf(pipeline: Pipeline, { of }: StageOf<'fit'>): FitPlan['combinations'] {
  return stagesOf(pipeline, 'combine').flatMap(([name, combine]) =>
    of.includes(name) ? [{ stage: name, of: combine.of, against: combine.against }] : [],
  );
}

/** Equal results are resampled equally: a cell's key stands for its items, of which there may be too many for one string. */
function resamplingSeed({ cells }: StudyTables): string {
  return contentKey(cells.map(({ task, key }) => [task, key])).slice(0, 16);
}

/**
 * Stages by kind. A control, and a stage that searches more because a combination is held against it, does not stand for
 * its kind, unless there is no other.
 */
function contestsOf(pipeline: Pipeline, stage: StageOf<'fit'>): Contest[] {
  const rivals = new Set(stagesOf(pipeline, 'combine').flatMap(([, { against }]) => against));
  return MethodKind.options.flatMap((kind) => {
    const all = fittedStages(pipeline, stage, kind);
    const equals = all.filter((name) => !rivals.has(name) && !isControl(pipeline, name));
    const stages = equals.length > 0 ? equals : all;
    return stages.length > 0 ? [{ kind, stages }] : [];
  });
}

function isControl({ stages }: Pipeline, name: string): boolean {
  const stage = stages[name];
  return stage !== undefined && methodOf(stage).method.control === true;
}

/** Every stage against every stage of a later kind: prompting, steering, fine-tuning, combinations. */
function pairsOf(pipeline: Pipeline, stage: StageOf<'fit'>): [string, string][] {
  const byKind = MethodKind.options.map((kind) => fittedStages(pipeline, stage, kind));
  return byKind.flatMap((firsts, index) =>
    byKind
      .slice(index + 1)
      .flatMap((seconds) =>
        firsts.flatMap((first) => seconds.map((second): [string, string] => [first, second])),
      ),
  );
}

function fittedStages(pipeline: Pipeline, { of }: StageOf<'fit'>, kind: MethodKind): string[] {
  return stagesOf(pipeline, kind).flatMap(([name]) => (of.includes(name) ? [name] : []));
}

async function storeTables(
  store: Store,
  { cells, items }: StudyTables,
  estimates: Fit,
): Promise<Omit<FitRecord, 'claims' | 'convergence'>> {
  const put = async (bytes: Promise<Uint8Array>) => store.put(await bytes, 'parquet');
  return {
    cells: await put(writeTable(cells, CellRow, { table: 'cells' })),
    items: await put(writeTable(items, ItemRow, { table: 'items' })),
    curves: await put(writeTable(estimates.curves, CurveRow, { table: 'curves' })),
    crossovers: await put(writeTable(estimates.crossovers, CrossoverRow, { table: 'crossover' })),
    differences: await put(writeTable(estimates.differences, DifferenceRow, { table: 'differences' })),
    compositions: await put(writeTable(estimates.compositions, CompositionRow, { table: 'compositions' })),
    efficiencies: await put(writeTable(estimates.efficiencies, EfficiencyRow, { table: 'efficiencies' })),
    fronts: await put(writeTable(estimates.fronts, FrontRow, { table: 'fronts' })),
    matched: await put(writeTable(estimates.matched, MatchedRow, { table: 'matched' })),
    leads: await put(writeTable(estimates.leads, LeadRow, { table: 'leads' })),
    laws: await storeLaws(store, estimates.laws),
  };
}
