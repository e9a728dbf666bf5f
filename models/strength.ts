import { InvalidInput } from '../schemas/invalid-input.js';
import type { Treatment } from './treatment.js';

/**
 * The treatment with everything it adds counted `strength` times: coefficients of interventions and scales of weight deltas. Shares
 * its tensors; 1 is the treatment itself, 0 the base model.
 * @throws InvalidInput when a part is not something added: a prompt or a replaced weight
 */
export function withStrength(treatment: Treatment, strength: number): Treatment {
  if (strength === 1) return treatment;
  const { prompt = [], interventions, weightDeltas } = treatment;
  if (prompt.length > 0) throw notAdded(`a prompt of ${prompt.length} tokens`, strength);
  return {
    interventions: interventions.map((part) => ({ ...part, coefficient: part.coefficient * strength })),
    weightDeltas: weightDeltas.map((delta) => {
      if (delta.kind === 'replace') throw notAdded(`a new ${delta.name}`, strength);
      return { ...delta, scale: delta.scale * strength };
    }),
  };
}

function notAdded(part: string, strength: number): InvalidInput {
  return new InvalidInput(
    `strength ${strength}: the treatment has ${part}, which has no strength; expected vectors, edits, LoRA pairs or biases`,
  );
}
