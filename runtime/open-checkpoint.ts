import type { Checkpoint } from '../models/checkpoints/checkpoint.js';
import { readCheckpoint } from '../models/checkpoints/read-checkpoint.js';
import { type ModelSourceOptions, resolveModel } from '../models/sources/resolve-model.js';
import { InvalidInput } from '../schemas/invalid-input.js';

/**
 * Finds a model's files and checks their headers; tensors are read when asked for.
 * @throws InvalidInput when the model is not there or its files are damaged
 */
export async function openCheckpoint(name: string, sources: ModelSourceOptions): Promise<Checkpoint> {
  try {
    return await readCheckpoint(await resolveModel(name, sources), { cacheFolder: sources.cacheFolder });
  } catch (error) {
    // A system error (no permission, a broken connection) is not the input's fault.
    if (!(error instanceof Error) || ('code' in error && error.code !== 'ENOENT')) throw error;
    throw new InvalidInput(error.message, { cause: error });
  }
}
