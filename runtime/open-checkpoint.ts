import type { Checkpoint } from '../models/checkpoints/checkpoint.js';
import { locationDigest } from '../models/checkpoints/location-digest.js';
import { readCheckpoint } from '../models/checkpoints/read-checkpoint.js';
import { type ModelSourceOptions, resolveModel } from '../models/sources/resolve-model.js';
import { InvalidInput } from '../schemas/invalid-input.js';
import { isRetryable } from '../schemas/retryable.js';

/**
 * Finds a model's files and checks their headers; tensors are read when asked for.
 * @throws InvalidInput when the model is not there or its files are damaged
 */
export function openCheckpoint(name: string, sources: ModelSourceOptions): Promise<Checkpoint> {
  return ofInput(async () =>
    readCheckpoint(await resolveModel(name, sources), { cacheFolder: sources.cacheFolder }),
  );
}

/**
 * Digest of a model's files without opening them, which takes longer than finding the results of a whole group.
 * @throws InvalidInput when the model is not there
 */
export function modelIdentity(name: string, sources: ModelSourceOptions): Promise<string> {
  return ofInput(async () =>
    locationDigest(await resolveModel(name, sources), { cacheFolder: sources.cacheFolder }),
  );
}

async function ofInput<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    // A system error (no permission) or a broken connection is not the input's fault.
    if (!(error instanceof Error) || isRetryable(error)) throw error;
    if ('code' in error && error.code !== 'ENOENT') throw error;
    throw new InvalidInput(error.message, { cause: error });
  }
}
