import type { StageKind } from '../schemas/pipeline.js';
import { GroupInput, type GroupResult } from '../schemas/stages.js';
import { baseline } from './baseline.js';
import { combine } from './combine.js';
import type { StageContext } from './context.js';
import { fit } from './fit.js';
import { pretrain } from './pretrain.js';
import { report } from './report.js';
import { sample } from './sample.js';
import { treat } from './treat.js';

type StageActivity = (input: GroupInput, context: StageContext) => Promise<GroupResult>;

const activities: Record<StageKind, StageActivity> = {
  pretrain,
  sample,
  baseline,
  prompt: (input, context) => treat('prompt', input, context),
  steer: (input, context) => treat('steer', input, context),
  finetune: (input, context) => treat('finetune', input, context),
  combine,
  fit,
  report,
};

/** Runs one group of a stage: the body of every stage activity. */
export function stageActivity(
  kind: StageKind,
  input: GroupInput,
  context: StageContext,
): Promise<GroupResult> {
  return activities[kind](GroupInput.parse(input), context);
}
