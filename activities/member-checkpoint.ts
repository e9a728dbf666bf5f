import { memberOf } from '../schemas/member-names.js';
import type { Pipeline } from '../schemas/pipeline.js';
import { type MemberCheckpoint, MemberRecord } from '../schemas/pretraining.js';
import type { GroupInput } from '../schemas/stages.js';
import type { StageContext } from './context.js';
import { readRecord, recordName } from './records.js';

/** The checkpoint that a group's model is, when a stage of the same study made it. @throws Error when the stage that makes it has not run */
export async function memberCheckpoint(
  pipeline: Pipeline,
  { run, group: { model = '' } }: GroupInput,
  { store }: Pick<StageContext, 'store'>,
): Promise<MemberCheckpoint | undefined> {
  const named = memberOf(pipeline, model);
  if (named === undefined) return undefined;
  const place = recordName(run, named.stage, { member: named.member });
  const record = await readRecord(store, place, MemberRecord);
  const checkpoint = record.checkpoints.find(({ step }) => step === named.step);
  if (checkpoint === undefined) throw new Error(`record ${place} has no checkpoint of step ${named.step}`);
  return checkpoint;
}
