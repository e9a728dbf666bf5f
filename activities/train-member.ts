import { setImmediate as nextTurn } from 'node:timers/promises';
import { canonicalJson } from '../artifacts/canonical-json.js';
import type { Store } from '../artifacts/store.js';
import type { Corpus } from '../evaluation/corpora/corpus.js';
import { seededRandom } from '../evaluation/statistics/random.js';
import { expectedTensors } from '../models/checkpoints/checkpoint.js';
import { safetensorsBytes } from '../models/checkpoints/safetensors.js';
import type { TransformerConfig } from '../models/config.js';
import { NonFinite } from '../models/non-finite.js';
import { freshWeights } from '../models/pretraining/fresh-weights.js';
import { configFile, wordTokenizerFile } from '../models/pretraining/model-files.js';
import type { EncodedPassage } from '../models/pretraining/passage-batch.js';
import { Pretraining, restoredStart } from '../models/pretraining/pretraining.js';
import { wordEncoder } from '../models/pretraining/word-encoder.js';
import { checkpointSteps } from '../schemas/checkpoint-steps.js';
import {
  type MemberCheckpoint,
  type MemberManifest,
  type PretrainStage,
  TrainingState,
} from '../schemas/pretraining.js';
import type { StageContext } from './context.js';

export interface MemberWork {
  stage: PretrainStage;
  member: string;
  corpus: Corpus;
  config: TransformerConfig;
  /** Names the place where an interrupted training is found again. */
  key: string;
}

/**
 * Passages that the loss of a checkpoint is measured on: drawn for it alone from the same generator as those that are learned
 * from. A small corpus may have told some of them in training, too.
 */
const HELD_OUT_PASSAGES = 256;

const SAVE_EVERY_MS = 5000;
/** Saving may take this share of the time, for large members. */
const SAVE_SHARE = 0.05;

/**
 * Trains a member to its last step, going on from where an earlier attempt was interrupted: what a step learns from depends
 * on the seed and the step alone, so the bits are those of a training that was never interrupted.
 * @throws NonFinite when the loss leaves the finite numbers
 */
export async function trainMember(
  work: MemberWork,
  context: Pick<StageContext, 'store' | 'onProgress'>,
  { saveEveryMs = SAVE_EVERY_MS }: { saveEveryMs?: number } = {},
): Promise<MemberManifest> {
  const { stage, member, config, key } = work;
  const { store, onProgress } = context;
  const states = savedStates(`pretraining/${key}`, store);
  const saved = await states.last();
  const checkpoints = [...(saved?.checkpoints ?? [])];
  using training = new Pretraining(
    { config, steps: stage.steps, learningRate: stage.learning_rate },
    saved === undefined ? freshStart(work) : await savedStart(saved, work, context),
  );
  const flops = () => (saved?.flops ?? 0) + training.flops;
  const due = checkpointSteps(stage);
  const passages = passagesOf(work);
  const pace = savingPace(saveEveryMs);
  while (training.step < stage.steps) {
    const step = training.step;
    const loss = training.learn(passages(`step ${step}`, stage.batch));
    if (!Number.isFinite(loss))
      throw new NonFinite(
        `member "${member}": the loss is ${loss} at step ${step + 1}; lower learning_rate (${stage.learning_rate})`,
      );
    onProgress({ cell: member, phase: 'pretraining', step: training.step, of: stage.steps, loss });
    if (due.includes(training.step)) checkpoints.push(await storedCheckpoint(training, work, context));
    if (pace.isDue() && training.step < stage.steps)
      await pace.measured(async () => {
        await states.keep(training.state(), { step: training.step, flops: flops(), checkpoints });
      });
    await nextTurn();
  }
  const parameters = training.weights().reduce((sum, { values }) => sum + values.length, 0);
  return { parameters, flops: flops(), checkpoints };
}

/** The last state of a training: a newer one takes the place of the one before. */
function savedStates(pointer: string, store: Store) {
  let kept: TrainingState | undefined;
  return {
    async last(): Promise<TrainingState | undefined> {
      const value = await store.readPointer(pointer);
      const found = value === undefined ? undefined : TrainingState.parse(value);
      // Another worker, thought lost, may have gone on and discarded it: the training then begins anew.
      kept = found !== undefined && (await store.has(found.state.sha256)) ? found : undefined;
      return kept;
    },
    async keep(bytes: Uint8Array, facts: Omit<TrainingState, 'state'>): Promise<void> {
      const before = kept;
      kept = { ...facts, state: await store.put(bytes, 'safetensors') };
      await store.writePointer(pointer, kept);
      if (before !== undefined && before.state.sha256 !== kept.state.sha256)
        await store.discard(before.state);
    },
  };
}

function freshStart({ config, stage, member }: MemberWork) {
  return { weights: freshWeights(config, seededRandom(`${stage.seed}/${member}/init`)) };
}

async function savedStart(
  { state }: TrainingState,
  { config, member }: MemberWork,
  { store }: Pick<StageContext, 'store'>,
) {
  const names = [...expectedTensors(config).keys()];
  return restoredStart(await store.get(state), { names, place: `training state of "${member}"` });
}

/** Draws passages; equal seeds and purposes give equal ones, for every member of the ladder. */
function passagesOf({ stage, corpus }: MemberWork): (purpose: string, count: number) => EncodedPassage[] {
  const encode = wordEncoder(corpus);
  return (purpose, count) => {
    const random = seededRandom(`${stage.seed}/pretraining/${purpose}`);
    return Array.from({ length: count }, () => {
      const { prompt, continuations } = corpus.passage(random);
      return { promptIds: encode(prompt), continuations: continuations.map(encode) };
    });
  };
}

async function storedCheckpoint(
  training: Pretraining,
  work: MemberWork,
  { store }: Pick<StageContext, 'store'>,
): Promise<MemberCheckpoint> {
  const json = (value: unknown) => store.put(Buffer.from(canonicalJson(value), 'utf8'), 'json');
  return {
    step: training.step,
    loss: training.lossOf(passagesOf(work)('held out', HELD_OUT_PASSAGES)),
    files: {
      config: await json(configFile(work.config)),
      tokenizer: await json(wordTokenizerFile(work.corpus)),
      weights: await store.put(safetensorsBytes(training.weights()), 'safetensors'),
    },
  };
}

/** Says when to save: every few seconds, and for large members so seldom that saving stays a small share of the time. */
function savingPace(shortest: number) {
  let last = performance.now();
  let interval = shortest;
  return {
    isDue: () => performance.now() - last >= interval,
    async measured(save: () => Promise<void>): Promise<void> {
      const begun = performance.now();
      await save();
      last = performance.now();
      interval = Math.max(shortest, (last - begun) / SAVE_SHARE);
    },
  };
}
