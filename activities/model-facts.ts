import { parameterCount } from '../models/checkpoints/checkpoint.js';
import type { LanguageModel } from '../models/language-model.js';
import type { MemberCheckpoint } from '../schemas/pretraining.js';

/** A model in numbers: what laws over base-model capability relate to. */
export function modelFacts(
  { config }: LanguageModel,
  checkpoint: MemberCheckpoint | undefined,
): Record<string, number> {
  const training =
    checkpoint === undefined ? {} : { pretraining_steps: checkpoint.step, pretraining_loss: checkpoint.loss };
  return { hidden: config.hidden, layers: config.layers, parameters: parameterCount(config), ...training };
}
