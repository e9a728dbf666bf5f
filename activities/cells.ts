import { type Matrix, writeArrow } from '../artifacts/arrow.js';
import { canonicalJson } from '../artifacts/canonical-json.js';
import { type CellLookup, lookupCell, saveCell } from '../artifacts/cells.js';
import { writeTable } from '../artifacts/parquet.js';
import type { Store } from '../artifacts/store.js';
import { type Fitted, Unfit } from '../methods/method.js';
import { computeMeter, totalFlops } from '../models/compute-meter.js';
import { ContextOverflow } from '../models/context-overflow.js';
import { NonFinite } from '../models/non-finite.js';
import { disposeTreatment, noTreatment, type Treatment } from '../models/treatment.js';
import { treatmentBytes, treatmentToSafetensors } from '../models/treatment-file.js';
import type { ArtifactRef } from '../schemas/artifact.js';
import { CellManifest, type GroupCell, type GroupRecord, type GroupResult } from '../schemas/stages.js';
import { EpisodeScore, GenerationScore, ItemScore, OffTargetRow } from '../schemas/tables.js';
import type { StageContext } from './context.js';
import { evaluate } from './evaluate.js';
import type { GroupWork } from './group-work.js';
import { putJson, recordName } from './records.js';

/** How one kind of cell is made. */
export interface CellRecipe {
  kind: GroupRecord['kind'];
  method: string;
  /** Raised whenever the same inputs would give another result. */
  code: string;
  parameters: Record<string, unknown>;
  budgets: readonly number[];
  /** Further digests a cell of budget n depends on. */
  inputs?: (n: number) => Record<string, string>;
  /** @throws NonFinite, Unfit or ContextOverflow, which make a failed cell of it */
  fit: (
    n: number,
    progress: (phase: string, step: number, of: number, loss?: number) => void,
  ) => Promise<Fitted>;
}

/** Goes through a group's budgets: finds each cell in the store, or computes and stores it at once. */
export async function runCells(
  work: GroupWork,
  recipe: CellRecipe,
  context: StageContext,
): Promise<GroupResult> {
  const cells: GroupCell[] = [];
  for (const n of recipe.budgets) cells.push(await runCell(work, recipe, { context, n }));
  const { input, modelName, task, seed, model } = work;
  const record: GroupRecord = {
    stage: input.stage,
    kind: recipe.kind,
    method: recipe.method,
    model: modelName,
    modelDigest: model.digest,
    modelFacts: work.modelFacts,
    licence: work.licence ?? 'not stated',
    task,
    seed,
    cells,
  };
  await context.store.writePointer(recordName(input.run, input.stage, input.group), record);
  const count = (outcome: GroupCell['outcome']) => cells.filter((cell) => cell.outcome === outcome).length;
  return {
    record: await putJson(context.store, record),
    computed: count('computed'),
    cached: count('cached'),
    failed: count('failed'),
    headline: headline(record),
  };
}

interface CellTask {
  context: StageContext;
  n: number;
}

async function runCell(work: GroupWork, recipe: CellRecipe, { context, n }: CellTask): Promise<GroupCell> {
  const facts = {
    kind: recipe.kind,
    code: recipe.code,
    parameters: JSON.parse(canonicalJson(recipe.parameters)),
    inputs: { ...work.inputs(n), ...recipe.inputs?.(n) },
    seed: work.seed,
    numerics: context.numerics,
  };
  const address = { stage: work.input.stage, model: work.modelName, task: work.task, n, seed: work.seed };
  const found: CellLookup = await lookupCell(context.store, facts, address);
  if (found.hit)
    return {
      n,
      key: found.key,
      outcome: 'cached',
      why: 'found',
      manifest: CellManifest.parse(found.manifest),
    };
  const manifest = await computeCell(work, recipe, { context, n });
  // A failure is not kept: the next start tries again.
  if (manifest.status === 'ok') await saveCell(context.store, facts, { address, manifest });
  return {
    n,
    key: found.key,
    outcome: manifest.status === 'ok' ? 'computed' : 'failed',
    why: found.reason,
    manifest,
  };
}

async function computeCell(
  work: GroupWork,
  recipe: CellRecipe,
  { context, n }: CellTask,
): Promise<CellManifest> {
  const begun = performance.now();
  const cell = `${work.task} · seed ${work.seed} · N=${n}`;
  const progress = (phase: string, step: number, of: number, loss?: number) =>
    context.onProgress({ cell, phase, step, of, loss: loss ?? null });
  try {
    const fitted = await recipe.fit(n, progress);
    try {
      return await judged(work, fitted, { context, begun, progress });
    } finally {
      disposeTreatment(fitted.treatment);
    }
  } catch (error) {
    if (!failsCell(error)) throw error;
    return failedCell(error.message, (performance.now() - begun) / 1000);
  }
}

function failsCell(error: unknown): error is Error {
  return error instanceof NonFinite || error instanceof Unfit || error instanceof ContextOverflow;
}

interface Judging {
  context: StageContext;
  begun: number;
  progress: (phase: string, step: number, of: number) => void;
}

async function judged(
  work: GroupWork,
  fitted: Fitted,
  { context, begun, progress }: Judging,
): Promise<CellManifest> {
  const { store } = context;
  const evaluation = computeMeter();
  const { scores, episodes, generations, elsewhere, offTarget } = await evaluate(work, fitted.treatment, {
    meter: evaluation,
    onProgress: progress,
  });
  return {
    status: 'ok',
    reason: null,
    scores: await storedScores(scores, store),
    episodes:
      episodes === undefined
        ? null
        : await store.put(await writeTable(episodes, EpisodeScore, { table: 'episodes' }), 'parquet'),
    generations:
      generations === undefined
        ? null
        : await store.put(
            await writeTable(generations, GenerationScore, { table: 'generations' }),
            'parquet',
          ),
    elsewhere: await Promise.all(
      elsewhere.map(async (other) => ({ task: other.task, scores: await storedScores(other.scores, store) })),
    ),
    offTarget: await store.put(await writeTable(offTarget, OffTargetRow, { table: 'off_target' }), 'parquet'),
    treatment: await storedTreatment(fitted.treatment, store),
    contrasts:
      fitted.contrasts === undefined ? null : await store.put(contrastTable(fitted.contrasts), 'arrow'),
    trials: fitted.trials,
    cost: {
      flopsMethod: fitted.flops.method.flops,
      flopsMethodBackward: fitted.flops.method.backward,
      flopsSearch: fitted.flops.search.flops,
      flopsSearchBackward: fitted.flops.search.backward,
      flopsEvaluation: totalFlops(evaluation),
      seconds: (performance.now() - begun) / 1000,
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
      trainableParameters: fitted.trainableParameters,
      treatmentBytes: treatmentBytes(fitted.treatment),
    },
  };
}

async function storedScores(scores: readonly ItemScore[], store: Store): Promise<ArtifactRef> {
  return store.put(await writeTable(scores, ItemScore, { table: 'scores' }), 'parquet');
}

/** Full fine-tuning of a small model is half a gigabyte a cell; what is larger than this is made again when it is needed. */
const LARGEST_STORED_BYTES = 2 ** 26;

async function storedTreatment(treatment: Treatment, store: Store): Promise<ArtifactRef | null> {
  if (treatment === noTreatment || treatmentBytes(treatment) > LARGEST_STORED_BYTES) return null;
  return store.put(treatmentToSafetensors(treatment), 'safetensors');
}

/** A row an example, a column a layer: `layer_12` holds [C] float32 values. */
function contrastTable(contrasts: NonNullable<Fitted['contrasts']>): Uint8Array {
  const columns = [...contrasts].map(([layer, rows]): [string, Matrix] => {
    const width = rows[0]?.length ?? 0;
    const values = new Float32Array(rows.length * width);
    for (const [index, row] of rows.entries()) values.set(row, index * width);
    return [`layer_${layer}`, { width, values }];
  });
  return writeArrow({ columns: Object.fromEntries(columns), metadata: { table: 'contrasts' } });
}

function failedCell(reason: string, seconds: number): CellManifest {
  const cost = {
    flopsMethod: 0,
    flopsMethodBackward: 0,
    flopsSearch: 0,
    flopsSearchBackward: 0,
    flopsEvaluation: 0,
    seconds,
    peakMemoryBytes: 0,
    trainableParameters: 0,
    treatmentBytes: 0,
  };
  return {
    status: 'failed',
    reason,
    scores: null,
    episodes: null,
    generations: null,
    elsewhere: [],
    offTarget: null,
    treatment: null,
    contrasts: null,
    trials: [],
    cost,
  };
}

function headline({ task, model, seed, cells }: GroupRecord): string {
  const outcomes = cells.map(
    ({ n, outcome, why }) =>
      `N=${n} ${outcome}${outcome === 'computed' && why !== 'first time' ? ` (${why})` : ''}`,
  );
  return `${model} · ${task} · seed ${seed}: ${outcomes.join(', ')}`.slice(0, 400);
}
