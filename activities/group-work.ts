import { canonicalJson, contentKey } from '../artifacts/canonical-json.js';
import { readTable } from '../artifacts/parquet.js';
import { type Asking, type EncodedItem, encodeItem } from '../models/batch.js';
import { fitting } from '../models/context-room.js';
import { laterWindows, offTargetWindows } from '../models/off-target.js';
import { SampleRow } from '../schemas/item.js';
import type { MethodKind, Pipeline, StageKind, StageOf } from '../schemas/pipeline.js';
import { baselineStageOf } from '../schemas/pipeline-graph.js';
import { sampleOf } from '../schemas/plan.js';
import type { Episodes, GroupInput, SampleRecord } from '../schemas/stages.js';
import type { LoadedModel, StageContext, TextWindow } from './context.js';
import { memberCheckpoint } from './member-checkpoint.js';
import { modelFacts } from './model-facts.js';
import { readPipeline, readSample } from './records.js';
import type { TestSet } from './score-test-set.js';

/** Everything the cells of one group share: the model, the encoded items, the unrelated text. */
export interface GroupWork<S = unknown> extends LoadedModel {
  input: GroupInput;
  pipeline: Pipeline;
  stage: S;
  modelName: string;
  modelFacts: Record<string, number>;
  task: string;
  seed: number;
  sample: SampleRecord;
  budgets: number[];
  test: TestSet;
  /** Those of other tasks. */
  elsewhere: (TestSet & { task: string })[];
  validation: EncodedItem[];
  train: EncodedItem[];
  offTarget: TextWindow[];
  /** Windows of the same texts that are not evaluated on. */
  unrelated: number[][];
  /** Digest of what a cell of budget n reads. */
  inputs: (n: number) => Record<string, string>;
}

/** Tokens of one window of unrelated text: long enough to be past the start of a text, short enough for memory. */
const WINDOW_TOKENS = 128;

/** Windows of each text that methods may learn from. */
const UNRELATED_WINDOWS = 8;

/** Opens a group: reads its pipeline and rows, loads its model, encodes its items. */
export async function openGroup<K extends 'baseline' | MethodKind>(
  kind: K,
  input: GroupInput,
  context: StageContext,
): Promise<GroupWork<StageOf<K>>> {
  const pipeline = await readPipeline(context.store, input);
  const stage = pipeline.stages[input.stage];
  if (!isKind(stage, kind))
    throw new Error(`stage "${input.stage}" is ${stage?.stage ?? 'missing'}, expected ${kind}`);
  const { model: modelName = '', task = '' } = input.group;
  const data = sampleOf(pipeline, input.stage);
  const seed = input.group.seed ?? data.seeds[0] ?? 0;
  context.onProgress({ cell: `${task} · seed ${seed}`, phase: `loading ${modelName}`, step: 0, of: 1 });
  const checkpoint = await memberCheckpoint(pipeline, input, context);
  const loaded = await context.loadModel(modelName, checkpoint?.files);
  const sample = await readSample(context.store, input.run, data.name, { task, seed });
  const test = await rowsOf(context, sample.test);
  const pool = await rowsOf(context, sample.pool);
  const split = (name: SampleRow['split']) => pool.filter((row) => row.split === name);
  const encode = (rows: SampleRow[], asking: Asking = sample.card) =>
    rows.map((row) => encodedItem(row, asking, { loaded, modelName }));
  const others = await Promise.all(
    sample.elsewhere.map(async ({ task: other, card, test: reference, episodes }) => {
      const rows = await rowsOf(context, reference);
      const digest = `${digestOf(rows, episodes)} ${askingName(card)}`;
      return { task: other, digest, items: encode(rows, card), asking: card, episodes };
    }),
  );
  const { offTarget, unrelated } = await windowsOf({ context, pipeline, input, loaded, modelName });
  const digests = {
    model: loaded.model.digest,
    test: digestOf(test, sample.episodes),
    off_target: contentKey(offTarget.map(({ ids }) => ids)),
    format: askingName(sample.card),
    ...Object.fromEntries(others.map(({ task: other, digest }) => [`elsewhere ${other}`, digest])),
  };
  return {
    ...loaded,
    input,
    pipeline,
    stage,
    modelName,
    modelFacts: modelFacts(loaded.model, checkpoint),
    task,
    seed,
    sample,
    budgets: data.budgets,
    test: { items: encode(test), asking: sample.card, episodes: sample.episodes },
    elsewhere: others.map(({ digest: _, ...other }) => other),
    validation: encode(split('validation')),
    train: encode(split('train')),
    offTarget,
    unrelated,
    inputs: (n) =>
      n === 0
        ? digests
        : {
            ...digests,
            validation: digestOf(split('validation')),
            train: digestOf(split('train').slice(0, n)),
            ...(sample.card.contrast === 'own sample' && { contrast: SAMPLING }),
          },
  };
}

async function rowsOf({ store }: StageContext, reference: SampleRecord['test']): Promise<SampleRow[]> {
  return readTable(await store.get(reference), SampleRow);
}

function digestOf(rows: readonly SampleRow[], episodes: Episodes | null = null): string {
  const items = rows.map(({ prompt, options, label }) => ({ prompt, options, label }));
  return contentKey(episodes === null ? items : { items, episodes });
}

function isKind<K extends StageKind>(stage: StageOf<StageKind> | undefined, kind: K): stage is StageOf<K> {
  return stage?.stage === kind;
}

/** `plain`, or `chat, prior`: part of what cells read. */
function askingName({ format, scoring = 'sum' }: Asking): string {
  if (typeof scoring === 'object') return `${format}, ${canonicalJson(scoring)}, ${READING}`;
  return scoring === 'sum' ? format : `${format}, ${scoring}`;
}

/** Raised whenever the same text would be generated or read otherwise. */
const READING = 'answers 1';

/** Raised whenever the same model would write other wrong answers, or they cost otherwise. */
const SAMPLING = 'own sample 2';

/** Bounds the memory of encoded items. */
const ENCODED_ITEMS = 50_000;

function encodedItem(
  row: SampleRow,
  asking: Asking,
  { loaded, modelName }: { loaded: LoadedModel; modelName: string },
): EncodedItem {
  const key = `${askingName(asking)} ${row.id}`;
  const known = loaded.encoded.get(key);
  if (known !== undefined) return known;
  const item = fitting(encodeItem(tokenizerOf(loaded, modelName), row, asking), loaded.model);
  if (loaded.encoded.size >= ENCODED_ITEMS) loaded.encoded.clear();
  loaded.encoded.set(key, item);
  return item;
}

interface WindowRequest {
  context: StageContext;
  pipeline: Pipeline;
  input: GroupInput;
  loaded: LoadedModel;
  modelName: string;
}

/** The baseline stage says which unrelated text every method over its data is judged on. */
async function windowsOf({
  context,
  pipeline,
  input,
  loaded,
  modelName,
}: WindowRequest): Promise<Pick<GroupWork, 'offTarget' | 'unrelated'>> {
  const name =
    pipeline.stages[input.stage]?.stage === 'baseline' ? input.stage : baselineStageOf(pipeline, input.stage);
  const baseline = name === undefined ? undefined : pipeline.stages[name];
  if (baseline?.stage !== 'baseline') return { offTarget: [], unrelated: [] };
  const tokens = Math.floor(baseline.off_target_tokens / baseline.off_target.length);
  const texts = await Promise.all(
    baseline.off_target.map((text) => windowsOfText(text, tokens, { context, loaded, modelName })),
  );
  return {
    offTarget: texts.flatMap((text) => text.offTarget),
    unrelated: texts.flatMap((text) => text.unrelated),
  };
}

/** Tokenising a text takes longer than looking up a cell: its windows are kept with the model. */
async function windowsOfText(
  text: string,
  tokens: number,
  { context, loaded, modelName }: Pick<WindowRequest, 'context' | 'loaded' | 'modelName'>,
): Promise<Pick<GroupWork, 'offTarget' | 'unrelated'>> {
  // A text of the same name may have been edited since.
  const key = `${text} ${await context.identifyText(text)} ${tokens}`;
  const known = loaded.windows.get(key);
  if (known !== undefined) return known;
  const { passages: written, format } = await context.loadText(text);
  const tokenizer = tokenizerOf(loaded, modelName);
  const passages =
    format === 'plain'
      ? written
      : written.map((content) =>
          tokenizer.renderChat([{ role: 'user', content }], { addGenerationPrompt: true }),
        );
  const windows = offTargetWindows(tokenizer, passages, { tokens, windowTokens: WINDOW_TOKENS });
  const spare = { skipped: windows.length, count: UNRELATED_WINDOWS, windowTokens: WINDOW_TOKENS };
  const cut = {
    offTarget: windows.map((ids, window) => ({ text, window, ids })),
    unrelated: laterWindows(tokenizer, passages, spare),
  };
  loaded.windows.set(key, cut);
  return cut;
}

export function tokenizerOf(
  { model }: Pick<LoadedModel, 'model'>,
  name: string,
): NonNullable<LoadedModel['model']['tokenizer']> {
  if (model.tokenizer === undefined)
    throw new Error(
      `model "${name}" has no tokenizer; a study of text tasks needs one (tokenizer.json beside its weights)`,
    );
  return model.tokenizer;
}
