import { readCheckpoint } from '../models/checkpoints/read-checkpoint.js';
import { type LanguageModel, languageModel } from '../models/language-model.js';
import { resolveModel } from '../models/sources/resolve-model.js';
import type { Settings } from './settings.js';
import { modelSources } from './sources.js';

/** Finds, reads and uploads a model. The caller disposes it. */
export async function loadModel(name: string, settings: Settings): Promise<LanguageModel> {
  const location = await resolveModel(name, modelSources(settings));
  return languageModel(name, await readCheckpoint(location, { cacheFolder: settings.cache }));
}
