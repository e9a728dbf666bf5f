import { availableParallelism, totalmem } from 'node:os';
import { memberOf } from '../schemas/member-names.js';
import type { MethodKind, Pipeline } from '../schemas/pipeline.js';
import { stagesOf } from '../schemas/pipeline-graph.js';
import { groupsOf } from '../schemas/plan.js';
import { MEMORY_SHARE, type Settings } from './settings.js';
import type { CheckedSources } from './sources.js';

const BYTES_PER_FLOAT = 4;

const methodKinds: readonly MethodKind[] = ['prompt', 'steer', 'finetune', 'combine'];

/** In weights of the model: those, gradients and Adam's moments of a copy of all of them; or adapters, with merged copies and activations. */
const WORKING_SHARE = { allWeights: 9, adapters: 4 };
const LIBRARIES = 2 ** 30;

/**
 * How many compute children suit a study, as far as its models leave room, one thread each at best: cells side by side on
 * a thread each finish sooner than one after another on all threads, as small operations cannot be shared out. One, with
 * all threads, where a model's size is not known yet or memory is short.
 */
export async function fittingChildren(
  pipeline: Pipeline,
  { device }: Pick<Settings, 'device'>,
  { findModel }: Pick<CheckedSources, 'findModel'>,
): Promise<number> {
  if (device === 'gpu') return 1;
  const sizes = await Promise.all(pipeline.models.map((model) => weightBytes(pipeline, model, findModel)));
  const trainsAll = stagesOf(pipeline, 'finetune').some(([, { method }]) => method === 'full');
  const need = LIBRARIES + WORKING_SHARE[trainsAll ? 'allWeights' : 'adapters'] * Math.max(...sizes);
  const fitting = Math.floor((totalmem() * MEMORY_SHARE) / need);
  const groups = methodKinds
    .flatMap((kind) => stagesOf(pipeline, kind))
    .reduce((sum, [stage]) => sum + groupsOf(pipeline, stage).length, 0);
  return evenChildren(groups, { cores: availableParallelism(), fitting });
}

/**
 * One child a core; as many as there are groups where these are few and do not go up in the cores: three groups on two
 * cores are done sooner side by side, each with two thirds of a core, than two of them and then one. Where there are
 * more, groups of all stages wait in one queue and keep the cores busy, and children that share a core only slow each
 * other down.
 * @param groups of all methods
 * @param fitting as many children as memory has room for
 */
export function evenChildren(groups: number, { cores, fitting }: { cores: number; fitting: number }): number {
  const most = Math.max(1, Math.min(2 * cores, fitting));
  const sideBySide = groups > cores && groups <= most && groups % cores !== 0;
  return sideBySide ? groups : Math.min(cores, most);
}

/** Infinite where only a download would tell. */
async function weightBytes(
  pipeline: Pipeline,
  model: string,
  findModel: CheckedSources['findModel'],
): Promise<number> {
  // What a study trains itself from nothing is small.
  if (memberOf(pipeline, model) !== undefined) return 0;
  const found = await findModel(model);
  return found === undefined ? Number.POSITIVE_INFINITY : found.parameters * BYTES_PER_FLOAT;
}
