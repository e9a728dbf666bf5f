import { contentKey } from '../artifacts/canonical-json.js';
import { lookupCell, saveCell } from '../artifacts/cells.js';
import { MemberManifest, type MemberRecord, type PretrainStage } from '../schemas/pretraining.js';
import type { GroupInput, GroupResult } from '../schemas/stages.js';
import type { StageContext } from './context.js';
import { memberConfig } from './member-config.js';
import { putJson, readPipeline, recordName } from './records.js';
import { stageCorpus } from './stage-corpus.js';
import { trainMember } from './train-member.js';

/** Raised whenever the same stage would give other weights. */
const CODE = 'pretrain 1';

/** Trains one member of a ladder from nothing, or finds it trained. */
export async function pretrain(input: GroupInput, context: StageContext): Promise<GroupResult> {
  const { store } = context;
  const { stage, member } = await stageOf(input, context);
  const corpus = await stageCorpus(stage, context.loadCorpus);
  const config = memberConfig(stage, member, corpus);
  const { steps, batch, learning_rate, checkpoints = [steps] } = stage;
  const facts = {
    kind: 'pretrain',
    code: CODE,
    // Its first weights are drawn for its name.
    parameters: { member, ...config, steps, batch, learning_rate, checkpoints },
    inputs: { corpus: contentKey(corpus.digest), words: contentKey(corpus.words) },
    seed: stage.seed,
    numerics: context.numerics,
  };
  const address = { stage: input.stage, model: member, task: 'pretraining', n: steps, seed: stage.seed };
  const found = await lookupCell(store, facts, address);
  const manifest = found.hit
    ? MemberManifest.parse(found.manifest)
    : await trainMember({ stage, member, corpus, config, key: found.key }, context);
  if (!found.hit) await saveCell(store, facts, { address, manifest });
  const record: MemberRecord = { ...manifest, stage: input.stage, member, key: found.key };
  await store.writePointer(recordName(input.run, input.stage, input.group), record);
  return {
    record: await putJson(store, record),
    computed: found.hit ? 0 : 1,
    cached: found.hit ? 1 : 0,
    failed: 0,
    headline: headline(record, found.hit ? 'found' : found.reason),
  };
}

async function stageOf(
  input: GroupInput,
  { store }: StageContext,
): Promise<{ stage: PretrainStage; member: string }> {
  const pipeline = await readPipeline(store, input);
  const stage = pipeline.stages[input.stage];
  const { member } = input.group;
  if (stage?.stage !== 'pretrain' || member === undefined)
    throw new Error(
      `stage "${input.stage}" is ${stage?.stage ?? 'missing'}, expected pretrain with a member`,
    );
  return { stage, member };
}

function headline({ member, parameters, checkpoints }: MemberRecord, why: string): string {
  const losses = checkpoints.map(({ step, loss }) => `${loss.toFixed(3)} at step ${step}`).join(', ');
  return `${member}, ${parameters} weights (${why}): held-out loss ${losses}`.slice(0, 400);
}
