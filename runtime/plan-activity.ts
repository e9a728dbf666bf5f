import { ApplicationFailure } from '@temporalio/activity';
import type { PlanActivities } from '../activities/index.js';
import { plan } from '../activities/plan.js';
import { preflight } from '../activities/preflight.js';
import { InvalidInput } from '../schemas/invalid-input.js';
import { openStore } from './open-store.js';
import { readNamedPipeline } from './pipelines.js';
import { pipelineFolders, type Settings } from './settings.js';
import { preflightSources } from './sources.js';

/** The one activity that runs in the worker itself: it reads a few files and computes nothing. */
export function planActivities(settings: Settings, folder: string): PlanActivities {
  const store = openStore(settings);
  const sources = preflightSources(settings, folder);
  return {
    async plan(input) {
      try {
        return await plan(input, {
          store,
          named: (name) => readNamedPipeline(name, pipelineFolders(folder)),
          preflight: (pipeline) => preflight(pipeline, sources),
        });
      } catch (error) {
        if (!(error instanceof InvalidInput)) throw error;
        throw ApplicationFailure.nonRetryable(error.message, error.name);
      }
    },
  };
}
