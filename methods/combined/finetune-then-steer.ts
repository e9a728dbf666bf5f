import type { EncodedItem } from '../../models/batch.js';
import { compose, disposeTreatment, noTreatment } from '../../models/treatment.js';
import type { Positions } from '../../schemas/treatment.js';
import type { Fitted, Workbench } from '../method.js';
import { readContrasts, steerByMeanDifference } from '../steering/mean-difference.js';

export interface SteerTunedOptions {
  /** The finished fine-tuning part; its tensors become part of the result. */
  adapter: Fitted;
  /** The model whose activations give the vector. */
  vector: 'base' | 'tuned';
  layers: readonly number[];
  coefficients: readonly number[];
  positions: Positions;
}

/**
 * Fine-tuning, then steering with the same examples. The vector's layer and coefficient are searched again on the tuned
 * model, so the combination's cost and trials are those of both parts.
 */
export async function steerTuned(
  bench: Workbench,
  items: readonly EncodedItem[],
  { adapter, vector, layers, coefficients, positions }: SteerTunedOptions,
): Promise<Fitted> {
  const on = adapter.treatment;
  try {
    const contrasts = await readContrasts(bench, items, {
      layers,
      treatment: vector === 'tuned' ? on : noTreatment,
    });
    const steered = await steerByMeanDifference(bench, contrasts, {
      n: items.length,
      coefficients,
      positions,
      on,
    });
    return {
      treatment: compose(on, steered.treatment),
      trials: bothSearches(adapter.trials, steered.trials),
      flops: {
        method: adapter.flops.method + steered.flops.method,
        search: adapter.flops.search + steered.flops.search,
      },
      trainableParameters: adapter.trainableParameters + steered.trainableParameters,
      ...(steered.contrasts && { contrasts: steered.contrasts }),
    };
  } catch (error) {
    disposeTreatment(on);
    throw error;
  }
}

/** Both parts' trials in one list, numbered through; each part keeps its chosen one. */
function bothSearches(first: Fitted['trials'], second: Fitted['trials']): Fitted['trials'] {
  return [...first, ...second].map((row, trial) => ({ ...row, trial }));
}
