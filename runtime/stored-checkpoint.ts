import type { Store } from '../artifacts/store.js';
import type { Checkpoint } from '../models/checkpoints/checkpoint.js';
import { memoryCheckpoint } from '../models/pretraining/model-files.js';
import type { ModelFiles } from '../schemas/pretraining.js';

/** A model that a study made, read from the store. @throws when a file is missing or damaged */
export async function storedCheckpoint(
  name: string,
  { config, tokenizer, weights }: ModelFiles,
  store: Store,
): Promise<Checkpoint> {
  const bytes = {
    config: await store.get(config),
    tokenizer: await store.get(tokenizer),
    weights: await store.get(weights),
  };
  const digests = { config: config.sha256, tokenizer: tokenizer.sha256, weights: weights.sha256 };
  return { ...memoryCheckpoint(bytes, { place: name, digests }), licence: 'made by this study' };
}
