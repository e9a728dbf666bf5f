import { z } from 'zod';
import { ArtifactRef } from './artifact.js';
import { ClaimSet } from './claims.js';
import { TaskCard } from './item.js';
import { Name, PublishedName } from './names.js';
import { MethodKind, Pipeline } from './pipeline.js';
import { CellStatus, TrialRow } from './tables.js';
import { EnvironmentName } from './task.js';

export const Device = z.enum(['cpu', 'gpu']);
export type Device = z.infer<typeof Device>;

/** What `temporal workflow start --type study --input …` takes. */
export const StudyInput = z.strictObject({
  pipeline: z
    .union([z.string().min(1).max(300), z.unknown()])
    .describe('the name of a pipeline the worker has, or a whole pipeline'),
  device: Device.default('cpu').describe('which compute workers do the work'),
  window: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('groups of a stage that are given out at once; a pause lets them end'),
});
export type StudyInput = z.input<typeof StudyInput>;

/** A validated study: what every later stage works from. `run` names its folder under runs/. */
export const PlannedStudy = z.strictObject({
  run: Name,
  pipeline: Pipeline,
  reference: ArtifactRef,
});
export type PlannedStudy = z.infer<typeof PlannedStudy>;

/** Cells that share work and are computed by one activity: all budgets of one (stage, model, task, seed); or a member to train. */
export const Group = z.strictObject({
  member: z.string().optional(),
  model: z.string().optional(),
  task: z.string().optional(),
  seed: z.number().int().optional(),
});
export type Group = z.infer<typeof Group>;

/** Input of every stage activity. */
export const GroupInput = z.strictObject({
  run: Name,
  pipeline: ArtifactRef,
  stage: Name,
  group: Group,
});
export type GroupInput = z.infer<typeof GroupInput>;

/** Output of every stage activity: counts and one reference. */
export const GroupResult = z.strictObject({
  record: ArtifactRef,
  computed: z.number().int(),
  cached: z.number().int(),
  failed: z.number().int(),
  headline: z.string().max(400).describe('one line for a person'),
});
export type GroupResult = z.infer<typeof GroupResult>;

/** What an activity says of itself while it works; travels as heartbeat details. */
export const Progress = z.strictObject({
  cell: z.string(),
  phase: z.string(),
  step: z.number(),
  of: z.number(),
  loss: z.number().nullable().optional(),
});
export type Progress = z.infer<typeof Progress>;

/** Cost of one cell. FLOPs are counted from shapes; seconds and memory are of this host and no part of the cell’s identity. */
export const ComputeCost = z.strictObject({
  flopsMethod: z.number(),
  flopsMethodBackward: z.number(),
  flopsSearch: z.number(),
  flopsSearchBackward: z.number(),
  flopsEvaluation: z.number(),
  seconds: z.number(),
  peakMemoryBytes: z.number().int().describe('of the process since it began, other cells included'),
  trainableParameters: z.number().int(),
  treatmentBytes: z.number().int(),
});
export type ComputeCost = z.infer<typeof ComputeCost>;

/** The stored result of a cell; everything else is recomputed from the tables it refers to. */
export const CellManifest = z.strictObject({
  status: CellStatus,
  reason: z.string().nullable(),
  scores: ArtifactRef.nullable().describe('Parquet of ItemScore, test items'),
  episodes: ArtifactRef.nullable()
    .default(null)
    .describe('Parquet of EpisodeScore, where test items are episodes'),
  generations: ArtifactRef.nullable()
    .default(null)
    .describe('Parquet of GenerationScore, where answers are generated'),
  offTarget: ArtifactRef.nullable().describe('Parquet of OffTargetRow'),
  elsewhere: z
    .array(z.strictObject({ task: z.string(), scores: ArtifactRef }))
    .describe('Parquet of ItemScore, test items of other tasks'),
  treatment: ArtifactRef.nullable().describe(
    'safetensors; null for the baseline, and for what is too large to keep',
  ),
  contrasts: ArtifactRef.nullable().describe(
    'Arrow: the activation differences behind a vector, a column a layer',
  ),
  trials: z.array(TrialRow),
  cost: ComputeCost,
});
export type CellManifest = z.infer<typeof CellManifest>;

export const GroupCell = z.strictObject({
  n: z.number().int(),
  key: z.string(),
  outcome: z.enum(['computed', 'cached', 'failed']),
  why: z.string().describe('why it was computed, or that it was found'),
  manifest: CellManifest,
});
export type GroupCell = z.infer<typeof GroupCell>;

/** The record of a group of cells, kept in the store under the run’s name so that later stages find it. */
export const GroupRecord = z.strictObject({
  stage: Name,
  kind: z.enum(['baseline', ...MethodKind.options]),
  method: z.string(),
  model: z.string(),
  modelDigest: z.string(),
  modelFacts: z.record(z.string(), z.number()).describe('size; training, where the study knows of it'),
  licence: z.string(),
  task: z.string(),
  seed: z.number().int(),
  cells: z.array(GroupCell),
});
export type GroupRecord = z.infer<typeof GroupRecord>;

/** Told beside the shortcuts of an environment: it does the task, and is the ceiling. */
export const SCRIPTED_EXPERT = 'scripted expert';

/** What a rule that cannot do the task scores on its test items, for example always the most frequent position. */
export const ShortcutRow = z.strictObject({
  shortcut: z.string(),
  score: z.number(),
  items: z.number().int(),
});
export type ShortcutRow = z.infer<typeof ShortcutRow>;

/** Test episodes of a task that is an environment: each begins anew from its level and number. */
export const Episodes = z.strictObject({
  environment: EnvironmentName,
  version: z.number().int().describe('of the rules; other rules, other results'),
  seed: z.number().int(),
  starts: z.array(
    z.strictObject({ item: z.string(), level: z.string(), number: z.number().int().nonnegative() }),
  ),
});
export type Episodes = z.infer<typeof Episodes>;

/** The record of a sample group (task, seed): where its rows are and what is known of the task without any model. */
export const SampleRecord = z.strictObject({
  task: z.string(),
  card: TaskCard,
  seed: z.number().int(),
  test: ArtifactRef.describe('Parquet of SampleRow; the same object for every seed'),
  episodes: Episodes.nullable().default(null).describe('null where every test item is one decision'),
  elsewhere: z
    .array(
      z.strictObject({
        task: z.string(),
        card: TaskCard,
        test: ArtifactRef,
        episodes: Episodes.nullable().default(null),
        chance: z.number(),
      }),
    )
    .describe('test items of other tasks that this task’s treatments are judged on too'),
  pool: ArtifactRef.describe('Parquet of SampleRow: validation, then train in budget order'),
  chance: z.number(),
  shortcuts: z.array(ShortcutRow),
});
export type SampleRecord = z.infer<typeof SampleRecord>;

/** The record of a run, written anew at each start. */
export const StudyRecord = z.strictObject({
  started: z.iso.datetime(),
  pipeline: ArtifactRef,
});
export type StudyRecord = z.infer<typeof StudyRecord>;

/** Tables of a fit stage. */
export const FitRecord = z.strictObject({
  tables: z.record(PublishedName, ArtifactRef).describe('by the name of the file each is published as'),
  claims: ClaimSet.nullable().describe(
    'by which the study was judged; null when the stage names no pre-registration',
  ),
});
export type FitRecord = z.infer<typeof FitRecord>;

/** What a fit stage leaves: its tables, and a line for a person. */
export const FitOutcome = z.strictObject({ record: FitRecord, headline: z.string().max(400) });
export type FitOutcome = z.infer<typeof FitOutcome>;

/** What a report stage publishes: file name → content. */
export const PublishedRun = z.strictObject({
  files: z.record(PublishedName, ArtifactRef),
  headline: z.string().max(400),
});
export type PublishedRun = z.infer<typeof PublishedRun>;
