import type { Tensor1D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { LanguageModel } from '../../models/language-model.js';
import { Positions } from '../../schemas/treatment.js';
import { LayerSearch, layerSetting, layerTrials, searchedLayers } from '../layers.js';
import {
  defineTrainedMethod,
  parameter,
  type Trainable,
  trainingOptions,
  trainingSearch,
} from '../training.js';

/** A vector a block, found by gradient descent on the likelihood of the right options. */
export const trainedVector = defineTrainedMethod({
  name: 'trained-vector',
  kind: 'steer',
  form: 'vector',
  summary: 'a vector at one or every block, trained on the likelihood of the right options',
  source:
    'Subramani et al. 2022 (arXiv 2205.05124), §2; per block as in Sinii et al. 2025 (arXiv 2505.18706)',
  version: 1,
  options: z.strictObject({
    positions: Positions.default('all'),
    ...trainingOptions,
    search: z
      .strictObject({
        layers: LayerSearch.default('auto').describe('blocks to try; `every`: a vector in each of them'),
        ...trainingSearch([0.01], 'AxBench, Wu et al. 2025: 0.01 for its trained vectors', [0.5, 1]),
      })
      .prefault({}),
  }),
  candidates: ({ search }) => layerTrials(search.layers),
  starts: ({ model }, { positions, search }) =>
    searchedLayers(search.layers, model.config.layers).map((layers) =>
      freshVectors(model, layers, positions),
    ),
});

/** A vector of zeros at each of the blocks: the base model. */
export function freshVectors(
  { config }: LanguageModel,
  layers: readonly number[],
  positions: Positions,
): Trainable {
  return {
    setting: { layer: layerSetting(layers) },
    fresh: () => ({
      interventions: layers.map((layer) => ({
        kind: 'add',
        layer,
        coefficient: 1,
        positions,
        vector: parameter<Tensor1D>(new Float32Array(config.hidden), [config.hidden]),
      })),
      weightDeltas: [],
    }),
  };
}
