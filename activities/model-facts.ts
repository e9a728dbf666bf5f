import { expectedTensors } from '../models/checkpoints/checkpoint.js';
import type { LanguageModel } from '../models/language-model.js';
import type { MemberCheckpoint } from '../schemas/pretraining.js';

/** A model in numbers: what laws over base-model capability relate to. */
export function modelFacts(
  { config }: LanguageModel,
  checkpoint: MemberCheckpoint | undefined,
): Record<string, number> {
  const training =
    checkpoint === undefined ? {} : { pretraining_steps: checkpoint.step, pretraining_loss: checkpoint.loss };
  const shapes = [...expectedTensors(config).values()];
  const parameters = shapes.reduce((sum, shape) => sum + shape.reduce((size, axis) => size * axis, 1), 0);
  return { hidden: config.hidden, layers: config.layers, parameters, ...training };
}
