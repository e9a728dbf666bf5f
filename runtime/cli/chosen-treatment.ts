import { readTreatment } from '../../models/interchange/read-treatment.js';
import type { LanguageModel } from '../../models/language-model.js';
import { withStrength } from '../../models/strength.js';
import { treat } from '../../models/treated-model.js';
import { compose, type Treatment } from '../../models/treatment.js';
import { InvalidInput } from '../../schemas/invalid-input.js';

/** What `score` and `generate` put the model under. */
export interface TreatmentOptions {
  adapter?: string;
  vector?: string;
  strength?: number;
}

/**
 * The treatment that the options name, checked against the model: the adapter, then the vector, both at the strength given.
 * @throws InvalidInput when a file cannot be read, does not fit the model, or a strength has nothing to act on
 */
export async function chosenTreatment(
  model: LanguageModel,
  { adapter, vector, strength }: TreatmentOptions,
): Promise<Treatment> {
  const paths = [adapter, vector].filter((path) => path !== undefined);
  if (paths.length === 0 && strength !== undefined)
    throw new InvalidInput(`--strength ${strength}: give --adapter or --vector with it`);
  const parts = await Promise.all(paths.map((path) => fitting(path, model)));
  return withStrength(compose(...parts), strength ?? 1);
}

async function fitting(path: string, model: LanguageModel): Promise<Treatment> {
  const treatment = await readTreatment(path, model.config);
  try {
    using _ = treat(model, treatment);
    return treatment;
  } catch (error) {
    throw error instanceof Error ? new InvalidInput(`${path}: ${error.message}`, { cause: error }) : error;
  }
}
