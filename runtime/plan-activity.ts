import { ApplicationFailure } from '@temporalio/activity';
import type { PlanActivities } from '../activities/index.js';
import { plan, runName } from '../activities/plan.js';
import { preflight } from '../activities/preflight.js';
import type { Pipeline } from '../schemas/pipeline.js';
import { isRetryable } from '../schemas/retryable.js';
import { openStore } from './open-store.js';
import { readNamedPipeline } from './pipelines.js';
import { pipelineFolders, type Settings } from './settings.js';
import { preflightSources } from './sources.js';

/**
 * The one activity that runs in the worker itself: it reads a few files and computes nothing.
 * @param checked a pipeline that this process has checked just now, which is not checked a second time
 */
export function planActivities(settings: Settings, folder: string, checked?: Pipeline): PlanActivities {
  const store = openStore(settings);
  return {
    async plan(input) {
      try {
        return await plan(input, {
          store,
          named: (name) => readNamedPipeline(name, pipelineFolders(folder)),
          async preflight(pipeline) {
            if (checked !== undefined && runName(pipeline) === runName(checked)) return;
            await preflight(pipeline, preflightSources(settings, folder));
          },
        });
      } catch (error) {
        if (!(error instanceof Error) || isRetryable(error)) throw error;
        throw ApplicationFailure.nonRetryable(error.message, error.name);
      }
    },
  };
}
