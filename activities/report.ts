import { stringify } from 'yaml';
import { readCellFacts } from '../artifacts/cells.js';
import { readTable } from '../artifacts/parquet.js';
import { remembered } from '../artifacts/remembered.js';
import { publishRun } from '../artifacts/run-folder.js';
import type { Store } from '../artifacts/store.js';
import { episodeSummaries } from '../evaluation/metrics/episode-summary.js';
import type { Fit } from '../evaluation/statistics/fit.js';
import { ConvergenceRow } from '../evaluation/statistics/rows.js';
import type { Study } from '../report/study.js';
import type { ArtifactKind, ArtifactRef } from '../schemas/artifact.js';
import { SampleRow } from '../schemas/item.js';
import type { Pipeline, StageOf } from '../schemas/pipeline.js';
import { stagesOf } from '../schemas/pipeline-graph.js';
import { sampleOf } from '../schemas/plan.js';
import {
  FitRecord,
  type GroupInput,
  type GroupResult,
  PublishedRun,
  StudyRecord,
} from '../schemas/stages.js';
import { CellRow, EpisodeRow, FactRow, GenerationRow, SearchRow } from '../schemas/tables.js';
import { readClaims, type StudiedClaims } from './claims.js';
import type { StageContext } from './context.js';
import type { DrawnFiles } from './drawn-files.js';
import { cellsOfExamples, examplesOf } from './examples.js';
import { readPipeline, readRecord, recordName, studyRecordName } from './records.js';
import { fitStageOf, methodNotes } from './study-pipeline.js';
import {
  csvFiles,
  estimateTables,
  parquetFiles,
  readFit,
  type Table,
  type TableReader,
  type Tables,
  table,
} from './study-tables.js';
import { episodeRows, inputsOf, itemRows, type StudyCells, type StudyGroups, studyGroups } from './tables.js';
import { generationRows } from './transcripts.js';

/** Publishes the finished study: tables, page, summary and manifest under runs/<run>/. What was published before is published again as it was. */
export async function report(input: GroupInput, context: StageContext): Promise<GroupResult> {
  const { store, runs, build, versions, host, numerics, onProgress } = context;
  const pipeline = await readPipeline(store, input);
  const fitStage = fitStageOf(pipeline, input.stage);
  const record = await readRecord(store, recordName(input.run, fitStage.name, {}), FitRecord);
  onProgress({ cell: input.stage, phase: 'reading tables', step: 0, of: 2 });
  const groups = await studyGroups(store, input.run, { pipeline, stages: fitStage.stage.of });
  const inputs = {
    build,
    versions,
    host,
    numerics,
    run: input.run,
    pipeline,
    record,
    results: inputsOf(groups),
  };
  const { files, headline } = await remembered(store, { what: 'reports', inputs, schema: PublishedRun }, () =>
    rendered(input, { context, pipeline, groups, record, fitStage: fitStage.stage }),
  );
  const contents = await Promise.all(
    Object.entries(files).map(async ([name, reference]) => [name, await store.get(reference)] as const),
  );
  await publishRun(runs, input.run, Object.fromEntries(contents));
  const page = files['report.html'];
  if (page === undefined) throw new Error(`run "${input.run}" has no page`);
  return { record: page, computed: 0, cached: 0, failed: 0, headline };
}

interface Rendering {
  context: StageContext;
  pipeline: Pipeline;
  groups: StudyGroups;
  record: FitRecord;
  fitStage: StageOf<'fit'>;
}

async function rendered(
  input: GroupInput,
  { context, pipeline, groups, record, fitStage }: Rendering,
): Promise<PublishedRun> {
  const { store, onProgress } = context;
  const read = storedTables(store, record);
  const tables: StudyCells = { ...groups, cells: await readTable(await read('cells.parquet'), CellRow) };
  const fit = await readFit(read);
  const claims = await readClaims(record.claims, read);
  const convergence = await readConvergence(record, read);
  const study = await studyOf(input, { context, pipeline, tables, fit, convergence, claims, fitStage });
  onProgress({ cell: input.stage, phase: 'drawing the page', step: 1, of: 2 });
  // Loaded when there is something to draw: a study that was published before is published as it was.
  const { drawnFiles, headlineOf } = await import('./drawn-files.js');
  const drawn = drawnFiles(study);
  const put = (bytes: Uint8Array, kind: ArtifactKind) => store.put(bytes, kind);
  const beside = await tablesBeside(store, tables);
  const sheets: Tables = {
    cells: table(CellRow, tables.cells),
    facts: table(FactRow, tables.facts),
    ...estimateTables({ fit, claims, convergence }),
    trials: beside.trials,
  };
  const files: Record<string, ArtifactRef> = {
    ...record.tables,
    ...(await stored(store, drawn)),
    ...(await stored(store, allOf('parquet', await parquetFiles(beside)))),
    ...(await stored(store, allOf('csv', csvFiles(sheets)))),
    'pipeline.yaml': await put(utf8(study.pipeline.yaml), 'text'),
    'manifest.json': await put(utf8(`${JSON.stringify(manifestOf(study, tables), null, 1)}\n`), 'json'),
  };
  return { files, headline: headlineOf(study) };
}

interface Parts {
  context: StageContext;
  pipeline: Pipeline;
  tables: StudyCells;
  fit: Fit;
  convergence: ConvergenceRow[] | undefined;
  claims: StudiedClaims | undefined;
  fitStage: StageOf<'fit'>;
}

async function studyOf(
  input: GroupInput,
  { context, pipeline, tables, fit, convergence, claims, fitStage }: Parts,
): Promise<Study> {
  const { store, host } = context;
  const { started } = await readRecord(store, studyRecordName(input.run), StudyRecord);
  const tests = await testRows(store, tables);
  const episodes = episodeSummaries(await episodeRows(store, tables));
  const shown = await itemRows(store, tables, cellsOfExamples(tables.cells));
  const [data] = stagesOf(pipeline, 'sample');
  return {
    run: input.run,
    pipeline: { value: pipeline, yaml: stringify(pipeline) },
    models: modelCards(tables),
    tasks: [...tables.samples.values()].map(({ card, chance, shortcuts }) => ({ card, chance, shortcuts })),
    methods: methodNotes(pipeline),
    cells: tables.cells,
    fit,
    ...(convergence && { convergence }),
    ...(claims === undefined ? {} : { claims }),
    settings: { confidence: fitStage.confidence, resamples: fitStage.resamples },
    trials: tables.groups.flatMap(({ model, task, stage, seed, cells }) =>
      cells.map(({ n, manifest }) => ({ model, task, stage, n, seed, trials: manifest.trials })),
    ),
    ...(episodes.length > 0 && { episodes }),
    examples: examplesOf(shown, tests),
    artifacts: tables.groups.flatMap(cellArtifacts),
    provenance: {
      started,
      finished: new Date().toISOString(),
      seeds: data === undefined ? [] : sampleOf(pipeline, data[0]).seeds,
      versions: context.versions,
      host,
      numerics: await cellNumerics(store, tables),
    },
    warnings: [],
  };
}

/** What the last bits of the cells depend on, as their keys say it; estimates and page may be of a later version. */
async function cellNumerics(store: Store, { groups }: StudyGroups): Promise<Record<string, string>> {
  const keys = groups.flatMap(({ cells }) => cells.map(({ key }) => key));
  const all = await Promise.all(keys.map((key) => readCellFacts(store, key)));
  const values = new Map<string, Set<string>>();
  for (const [name, value] of all.flatMap((facts) => Object.entries(facts?.numerics ?? {})))
    values.set(name, (values.get(name) ?? new Set()).add(String(value)));
  return Object.fromEntries([...values].map(([name, found]) => [name, [...found].sort().join(' and ')]));
}

function modelCards({ groups }: StudyGroups): Study['models'] {
  const cards = new Map(
    groups.map(({ model, modelDigest, licence }) => [model, { name: model, digest: modelDigest, licence }]),
  );
  return [...cards.values()];
}

function cellArtifacts({
  stage,
  model,
  task,
  seed,
  cells,
}: StudyGroups['groups'][number]): Study['artifacts'] {
  return cells.flatMap(({ n, manifest }) => {
    const named = {
      scores: manifest.scores,
      episodes: manifest.episodes,
      generations: manifest.generations,
      'off-target': manifest.offTarget,
      treatment: manifest.treatment,
      contrasts: manifest.contrasts,
    };
    return Object.entries(named).flatMap(([what, reference]) =>
      reference === null
        ? []
        : [
            {
              name: `${stage} · ${model} · ${task} · N=${n} · seed ${seed} · ${what}`,
              sha256: reference.sha256,
              bytes: reference.bytes,
            },
          ],
    );
  });
}

async function testRows(store: Store, { samples }: StudyGroups): Promise<Map<string, SampleRow[]>> {
  const entries = [...samples].map(
    async ([task, { test }]): Promise<[string, SampleRow[]]> => [
      task,
      await readTable(await store.get(test), SampleRow),
    ],
  );
  return new Map(await Promise.all(entries));
}

/** Reads the tables that a fit stage left. */
function storedTables(store: Store, { tables }: FitRecord): TableReader {
  return (name) => {
    const reference = tables[name];
    if (reference === undefined)
      throw new Error(`the fit has no table ${name}; it has ${Object.keys(tables).join(', ')}`);
    return store.get(reference);
  };
}

async function readConvergence(
  { tables }: FitRecord,
  read: TableReader,
): Promise<ConvergenceRow[] | undefined> {
  if (tables['convergence.parquet'] === undefined) return undefined;
  const rows = await readTable(await read('convergence.parquet'), ConvergenceRow);
  return rows.length > 0 ? rows : undefined;
}

/** The candidates of every search; every action of the test episodes and every generated answer, where there are such. */
async function tablesBeside(store: Store, tables: StudyCells): Promise<Tables & { trials: Table }> {
  const episodes = await episodeRows(store, tables);
  const generations = await generationRows(store, tables.groups);
  return {
    trials: table(SearchRow, searchRows(tables)),
    ...(episodes.length > 0 && { episodes: table(EpisodeRow, episodes) }),
    ...(generations.length > 0 && { generations: table(GenerationRow, generations) }),
  };
}

function searchRows({ groups }: StudyGroups): SearchRow[] {
  return groups.flatMap(({ model, task, stage, seed, cells }) =>
    cells.flatMap(({ n, manifest }) =>
      manifest.trials.map((trial) => ({ model, task, stage, n, seed, ...trial })),
    ),
  );
}

function allOf(kind: ArtifactKind, files: Record<string, Uint8Array>): DrawnFiles {
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, { bytes, kind }]));
}

async function stored(store: Store, files: DrawnFiles): Promise<Record<string, ArtifactRef>> {
  const put = Object.entries(files).map(
    async ([name, { bytes, kind }]) => [name, await store.put(bytes, kind)] as const,
  );
  return Object.fromEntries(await Promise.all(put));
}

function manifestOf(study: Study, { cells }: StudyCells): unknown {
  const { run, pipeline, models, provenance, artifacts } = study;
  return {
    run,
    pipeline: pipeline.value,
    models,
    provenance,
    cells: cells.map(({ key, stage, model, task, n, seed }) => ({ key, stage, model, task, n, seed })),
    artifacts,
  };
}

function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}
