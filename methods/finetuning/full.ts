import { z } from 'zod';
import { layerOfWeight, type Replacement } from '../../models/treatment.js';
import { chosenLayers, LayerChoice } from '../layers.js';
import { defineTrainedMethod, parameterLike, trainingOptions, trainingSearch } from '../training.js';

/** Every weight of the chosen blocks, and what lies outside of blocks when all are chosen. */
export const full = defineTrainedMethod({
  name: 'full',
  kind: 'finetune',
  form: 'all weights',
  summary: 'all weights',
  source: 'Howard and Ruder 2018 (arXiv 1801.06146); as the ceiling in Hu et al. 2021',
  version: 1,
  options: z.strictObject({
    layers: LayerChoice.default('all').describe(
      '`all` includes the embedding, the final norm and the output projection',
    ),
    ...trainingOptions,
    search: z
      .strictObject(
        trainingSearch(
          [2e-5, 1e-4],
          'AxBench’s SFT (4e-5) and PyTorch recipes for small models (1e-5 to 1e-4)',
        ),
      )
      .prefault({}),
  }),
  starts({ model: { weights, config } }, { layers }) {
    const blocks = new Set(chosenLayers(layers, config.layers));
    const isChosen = (name: string) =>
      /^model\.layers\./.test(name) ? blocks.has(layerOfWeight(name, config.layers)) : layers === 'all';
    const fresh = () => ({
      interventions: [],
      weightDeltas: [...weights]
        .filter(([name]) => isChosen(name))
        .map(([name, weight]): Replacement => ({ kind: 'replace', name, value: parameterLike(weight) })),
    });
    return [{ setting: {}, fresh }];
  },
});
