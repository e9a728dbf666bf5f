import { type LanguageModel, vector } from './language-model.js';
import type { Norm } from './transformer/norm.js';

/** A norm of the model by its name; all norms of a model are of one kind. @throws when the model has none of that name */
export function modelNorm(model: LanguageModel, name: string): Norm {
  const { normEpsilon: epsilon, block } = model.config;
  const weight = vector(model, `${name}.weight`);
  if (block.norm !== 'layer') return { kind: block.norm, weight, epsilon };
  return { kind: block.norm, weight, bias: vector(model, `${name}.bias`), epsilon };
}

/** What hidden states pass before they become logits. */
export function finalNorm(model: LanguageModel): Norm {
  return modelNorm(model, 'model.norm');
}
