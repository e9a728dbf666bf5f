import type { StageKind } from '../schemas/pipeline.js';
import { GroupInput, type GroupResult } from '../schemas/stages.js';
import type { StageContext } from './context.js';
import { foundOrComputed } from './known-group.js';

type StageActivity = (input: GroupInput, context: StageContext) => Promise<GroupResult>;

/** Each is loaded with its first group: most of a start that finds everything would be reading code that it does not run. */
const activities: Record<StageKind, () => Promise<StageActivity>> = {
  pretrain: async () => (await import('./pretrain.js')).pretrain,
  sample: async () => (await import('./sample.js')).sample,
  baseline: async () => (await import('./baseline.js')).baseline,
  prompt: () => treating('prompt'),
  steer: () => treating('steer'),
  finetune: () => treating('finetune'),
  combine: async () => (await import('./combine.js')).combine,
  fit: async () => (await import('./fit.js')).fit,
  report: async () => (await import('./report.js')).report,
};

/** Runs one group of a stage: the body of every stage activity. */
export async function stageActivity(
  kind: StageKind,
  input: GroupInput,
  context: StageContext,
): Promise<GroupResult> {
  const group = GroupInput.parse(input);
  const compute = async () => (await activities[kind]())(group, context);
  return foundOrComputed(group, context, compute);
}

async function treating(kind: 'prompt' | 'steer' | 'finetune'): Promise<StageActivity> {
  const { treat } = await import('./treat.js');
  return (input, context) => treat(kind, input, context);
}
