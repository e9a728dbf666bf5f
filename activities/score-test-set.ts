import type { Asking, EncodedItem } from '../models/batch.js';
import type { ComputeMeter } from '../models/compute-meter.js';
import type { LanguageModel } from '../models/language-model.js';
import type { PrefixCache } from '../models/prefix-cache.js';
import type { Treatment } from '../models/treatment.js';
import type { Episodes } from '../schemas/stages.js';
import type { EpisodeScore, GenerationScore, ItemScore } from '../schemas/tables.js';
import { examine } from './examine.js';
import { playEpisodes } from './play-episodes.js';

/** What a model is judged on: single decisions, or the starts of episodes. */
export interface TestSet {
  items: EncodedItem[];
  asking: Asking;
  episodes: Episodes | null;
}

export interface TestSetScores {
  /** One for each item, in their order. */
  scores: ItemScore[];
  /** Where the items are episodes. */
  episodes?: EpisodeScore[];
  /** Where answers are generated. */
  generations?: GenerationScore[];
}

export interface Examinee {
  model: LanguageModel;
  treatment: Treatment;
  prefixes?: PrefixCache;
  meter: ComputeMeter;
  onProgress: (phase: string, step: number, of: number) => void;
}

/** Puts a test set before a model under a treatment. */
export async function scoreTestSet(
  { items, asking, episodes }: TestSet,
  { model, treatment, prefixes, meter, onProgress }: Examinee,
): Promise<TestSetScores> {
  if (episodes !== null) return playEpisodes(episodes, { model, treatment, asking, meter, onProgress });
  const { scores, generations } = await examine(model, items, {
    treatment,
    prefixes,
    meter,
    onProgress: (done, total) => onProgress('test items', done, total),
  });
  return { scores, ...(generations.length > 0 && { generations }) };
}
