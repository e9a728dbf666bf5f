import { type LanguageModel, languageModel } from '../models/language-model.js';
import { openCheckpoint } from './open-checkpoint.js';
import type { Settings } from './settings.js';
import { modelSources } from './sources.js';

/** Finds, reads and uploads a model. The caller disposes it. */
export async function loadModel(name: string, settings: Settings): Promise<LanguageModel> {
  return languageModel(name, await openCheckpoint(name, modelSources(settings)));
}
