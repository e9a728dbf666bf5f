import { existsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { parameterCount } from '../models/checkpoints/checkpoint.js';
import { parseHubId } from '../models/sources/hub-id.js';
import { memberOf } from '../schemas/member-names.js';
import type { Pipeline } from '../schemas/pipeline.js';
import { openCheckpoint } from './open-checkpoint.js';
import { MEMORY_SHARE, type Settings } from './settings.js';
import { modelSources } from './sources.js';

const BYTES_PER_FLOAT = 4;

/** Full fine-tuning with Adam takes eight times the weights, activations and libraries on top. */
const WORKING_SHARE = 9;
const LIBRARIES = 2 ** 30;

/**
 * How many compute children one study's models leave room for, one thread each at best: cells side by side on a thread
 * each finish sooner than one after another on all threads, as small operations cannot be shared out. One, with all
 * threads, where a model's size is not known yet or memory is short.
 */
export async function fittingChildren(pipeline: Pipeline, settings: Settings): Promise<number> {
  if (settings.device === 'gpu') return 1;
  const sizes = await Promise.all(pipeline.models.map((model) => weightBytes(pipeline, model, settings)));
  const need = LIBRARIES + WORKING_SHARE * Math.max(...sizes);
  const fitting = Math.floor((totalmem() * MEMORY_SHARE) / need);
  return Math.max(1, Math.min(availableParallelism(), fitting));
}

/** Infinite where only a download would tell. */
async function weightBytes(pipeline: Pipeline, model: string, settings: Settings): Promise<number> {
  // What a study trains itself from nothing is small.
  if (memberOf(pipeline, model) !== undefined) return 0;
  if (!existsSync(model) && parseHubId(model) !== undefined) return Number.POSITIVE_INFINITY;
  const { config } = await openCheckpoint(model, modelSources(settings));
  return parameterCount(config) * BYTES_PER_FLOAT;
}
