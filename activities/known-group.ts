import { z } from 'zod';
import { contentKey } from '../artifacts/canonical-json.js';
import { readCell } from '../artifacts/cells.js';
import type { Store } from '../artifacts/store.js';
import { CorruptObject, CorruptPointer, MissingObject } from '../artifacts/store-errors.js';
import type { Pipeline, StageKind } from '../schemas/pipeline.js';
import { baselineStageOf } from '../schemas/pipeline-graph.js';
import { sampleOf } from '../schemas/plan.js';
import {
  CellManifest,
  GroupCell,
  type GroupInput,
  GroupRecord,
  type GroupResult,
} from '../schemas/stages.js';
import type { StageContext } from './context.js';
import { memberCheckpoint } from './member-checkpoint.js';
import { putJson, readGroup, readPipeline, readSample, recordName } from './records.js';

/** A group whose cells are all in the store: its record with the cells' keys, by which each is read and verified again. */
const KnownGroup = z.strictObject({
  record: GroupRecord.omit({ cells: true }),
  cells: z.array(GroupCell.pick({ n: true, key: true })),
});

/**
 * A group of cells that was finished before from the same inputs is found by these alone: neither the model nor its
 * tokenizer is opened, which would take a second for what is looked up in milliseconds. Cells that are not all whole are
 * left to the stage, which asks for each; so are groups of other kinds.
 */
export async function foundOrComputed(
  input: GroupInput,
  context: StageContext,
  compute: () => Promise<GroupResult>,
): Promise<GroupResult> {
  const name = await nameOf(input, context);
  if (name === undefined) return compute();
  const found = await foundGroup(name, input, context);
  if (found !== undefined) return found;
  const result = await compute();
  // What changed meanwhile may or may not have been read.
  if (result.failed === 0 && (await nameOf(input, context)) === name) {
    const { store } = context;
    const { cells, ...record } = await readGroup(store, input.run, input.stage, input.group);
    await store.writePointer(name, { record, cells: cells.map(({ n, key }) => ({ n, key })) });
  }
  return result;
}

async function foundGroup(
  name: string,
  { run, stage, group }: GroupInput,
  { store }: StageContext,
): Promise<GroupResult | undefined> {
  const record = await wholeRecord(name, store);
  if (record === undefined) return undefined;
  await store.writePointer(recordName(run, stage, group), record);
  const { model, task, seed } = record;
  const budgets = record.cells.map(({ n }) => `N=${n} cached`);
  return {
    record: await putJson(store, record),
    computed: 0,
    cached: record.cells.length,
    failed: 0,
    headline: `${model} · ${task} · seed ${seed}: ${budgets.join(', ')}`.slice(0, 400),
  };
}

/** The record, all of whose artifacts were read to be verified; undefined when something is missing or damaged. */
async function wholeRecord(name: string, store: Store): Promise<GroupRecord | undefined> {
  try {
    const known = KnownGroup.safeParse(await store.readPointer(name));
    if (!known.success) return undefined;
    const cells: GroupCell[] = [];
    for (const { n, key } of known.data.cells) {
      const manifest = await readCell(store, key);
      if (manifest === undefined) return undefined;
      cells.push({ n, key, outcome: 'cached', why: 'found', manifest: CellManifest.parse(manifest) });
    }
    return { ...known.data.record, cells };
  } catch (error) {
    if (error instanceof MissingObject || error instanceof CorruptObject || error instanceof CorruptPointer)
      return undefined;
    throw error;
  }
}

/** Of the pointer to a group: the content of all that its cells are made from. Undefined where a group has no cells. */
async function nameOf(input: GroupInput, context: StageContext): Promise<string | undefined> {
  const { store, build, numerics } = context;
  const pipeline = await readPipeline(store, input);
  const stage = pipeline.stages[input.stage];
  if (stage === undefined || !isOfCells(stage.stage)) return undefined;
  const { model = '', task = '' } = input.group;
  const data = sampleOf(pipeline, input.stage);
  const seed = input.group.seed ?? data.seeds[0] ?? 0;
  const checkpoint = await memberCheckpoint(pipeline, input, context);
  const parts = stage.stage === 'combine' ? stage.of : [];
  const facts = {
    build,
    numerics,
    pipeline: input.pipeline.sha256,
    stage: input.stage,
    group: input.group,
    model: checkpoint ?? (await context.identifyModel(model)),
    sample: await readSample(store, input.run, data.name, { task, seed }),
    texts: await textsOf(pipeline, input.stage, context),
    parts: await Promise.all(
      parts.map(async (part) =>
        (await readGroup(store, input.run, part, input.group)).cells.map(({ key }) => key),
      ),
    ),
  };
  return `groups/${contentKey(facts)}`;
}

function isOfCells(kind: StageKind): boolean {
  return GroupRecord.shape.kind.safeParse(kind).success;
}

async function textsOf(
  pipeline: Pipeline,
  stage: string,
  { identifyText }: StageContext,
): Promise<Record<string, string>> {
  const name = pipeline.stages[stage]?.stage === 'baseline' ? stage : baselineStageOf(pipeline, stage);
  const baseline = name === undefined ? undefined : pipeline.stages[name];
  if (baseline?.stage !== 'baseline') return {};
  const digests = baseline.off_target.map(async (text) => [text, await identifyText(text)] as const);
  return Object.fromEntries(await Promise.all(digests));
}
