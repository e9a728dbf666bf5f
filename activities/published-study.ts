import { z } from 'zod';
import { readTable } from '../artifacts/parquet.js';
import { MANIFEST } from '../artifacts/run-folder.js';
import { episodeSummaries } from '../evaluation/metrics/episode-summary.js';
import { groupBy } from '../evaluation/statistics/group-by.js';
import { ConvergenceRow } from '../evaluation/statistics/rows.js';
import type { Drawing, Study } from '../report/study.js';
import type { ClaimRow, ClaimSet } from '../schemas/claims.js';
import { InvalidInput } from '../schemas/invalid-input.js';
import { Pipeline, type StageOf } from '../schemas/pipeline.js';
import { stagesOf } from '../schemas/pipeline-graph.js';
import { CellRow, EpisodeRow, SearchRow, TrialRow } from '../schemas/tables.js';
import { readClaims, type StudiedClaims } from './claims.js';
import { pageRows } from './page-rows.js';
import { fitStageOf, methodNotes } from './study-pipeline.js';
import { readFit, type TableReader } from './study-tables.js';

/** Gives a file of a finished study; undefined when it has no such file. */
type FileReader = (name: string) => Promise<Uint8Array | undefined>;

export interface Published {
  file: FileReader;
  loadClaims: (name: string) => Promise<ClaimSet>;
  drawn: Drawing;
  /** The code that makes the estimates anew, where that is done now. */
  estimated?: Drawing;
}

/** A candidate without the cell whose search it belongs to. */
const CANDIDATE = z.object(TrialRow.shape);

const DRAWING = z.strictObject({ version: z.string(), code: z.string() });

/** Of a manifest, what a page says. */
const Manifest = z.object({
  run: z.string(),
  pipeline: Pipeline,
  models: z.array(z.strictObject({ name: z.string(), digest: z.string(), licence: z.string() })),
  provenance: z.strictObject({
    started: z.string(),
    finished: z.string(),
    seeds: z.array(z.number()),
    versions: z.record(z.string(), z.string()),
    host: z.record(z.string(), z.string()),
    numerics: z.record(z.string(), z.string()),
  }),
  artifacts: z.array(z.strictObject({ name: z.string(), sha256: z.string(), bytes: z.number() })),
  estimated: DRAWING.optional(),
  refitting: z.literal(true).optional(),
});

/**
 * A finished study as its published files state it, without the store: estimates from the tables, provenance from the
 * manifest, tasks from the page. What none of them has, the candidates of searches in older studies, is left out.
 * @throws InvalidInput naming a file that is missing; TableError when a table is not what it should be
 */
export async function publishedStudy({ file, loadClaims, drawn, estimated }: Published): Promise<Study> {
  const read = readerOf(file);
  const text = async (name: string) => Buffer.from(await read(name)).toString('utf8');
  const { pipeline, estimated: before, refitting, ...stated } = await readManifest(read);
  if (refitting && estimated === undefined) {
    throw new InvalidInput(
      'manifest.json: found tables of two makings, as estimating them anew was interrupted; do it again: crossover refit',
    );
  }
  const { stage } = publishedFit(pipeline);
  const claims = await claimsOf(stage, { read, loadClaims });
  const optional = async <S extends z.ZodObject>(name: string, row: S) => {
    const bytes = await file(name);
    return bytes && readTable(bytes, row);
  };
  const convergence = await optional('convergence.parquet', ConvergenceRow);
  const episodes = await optional('episodes.parquet', EpisodeRow);
  const by = estimated ?? before;
  return {
    ...stated,
    ...pageRows(await text('report.html')),
    pipeline: { value: pipeline, yaml: await text('pipeline.yaml') },
    methods: methodNotes(pipeline),
    cells: await readTable(await read('cells.parquet'), CellRow),
    fit: await readFit(read),
    ...(convergence && convergence.length > 0 && { convergence }),
    ...(claims && { claims }),
    settings: { confidence: stage.confidence, resamples: stage.resamples },
    trials: cellTrials((await optional('trials.parquet', SearchRow)) ?? []),
    ...(episodes && { episodes: episodeSummaries(episodes) }),
    ...(by && { estimated: by }),
    drawn,
    warnings: [],
  };
}

/** As a file reader, of files that must be there. */
export function readerOf(file: FileReader): TableReader {
  return async (name) => {
    const bytes = await file(name);
    if (bytes !== undefined) return bytes;
    throw new InvalidInput(`found no ${name} in the folder of the study; a page cannot be drawn without it`);
  };
}

export async function readManifest(read: TableReader): Promise<z.infer<typeof Manifest>> {
  return Manifest.parse(JSON.parse(Buffer.from(await read(MANIFEST)).toString('utf8')));
}

/** The fit stage whose tables a finished study publishes. */
export function publishedFit(pipeline: Pipeline): ReturnType<typeof fitStageOf> {
  const [report] = stagesOf(pipeline, 'report');
  if (report === undefined) throw new InvalidInput('manifest.json: its pipeline has no report stage');
  return fitStageOf(pipeline, report[0]);
}

function cellTrials(rows: readonly SearchRow[]): Study['trials'] {
  const cells = groupBy(rows, ({ model, task, stage, n, seed }) =>
    JSON.stringify([model, task, stage, n, seed]),
  );
  return [...cells.values()].flatMap((trials) => {
    const [first] = trials;
    if (first === undefined) return [];
    const { model, task, stage, n, seed } = first;
    return [{ model, task, stage, n, seed, trials: trials.map((row) => CANDIDATE.parse(row)) }];
  });
}

interface ClaimSources extends Pick<Published, 'loadClaims'> {
  read: TableReader;
}

/** The verdicts of a finished study. @throws InvalidInput where the pre-registration has other words than they were given by */
export async function claimsOf(
  { claims: name }: StageOf<'fit'>,
  { read, loadClaims }: ClaimSources,
): Promise<StudiedClaims | undefined> {
  if (name === undefined) return undefined;
  const registered = await loadClaims(name);
  const studied = await readClaims(registered, read);
  for (const row of studied?.claims ?? []) checkWording(row, registered);
  return studied;
}

// The rules come from the registration: they must be those that the verdicts were given by.
function checkWording({ claim, rule, statement, source }: ClaimRow, { name, claims }: ClaimSet): void {
  const now = claims[claim];
  if (now?.rule === rule && now.claim === statement && now.source === source) return;
  throw new InvalidInput(
    `claims.parquet: ${claim} was judged in words that data/claims/${name}.yaml does not have any more`,
  );
}
