import type { Tensor1D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { linearTargets, linearWeightName } from '../../models/block-names.js';
import { matrix } from '../../models/language-model.js';
import type { BiasDelta } from '../../models/treatment.js';
import { LinearTarget } from '../../schemas/treatment.js';
import { chosenLayers, LayerChoice } from '../layers.js';
import { defineTrainedMethod, parameter, trainingOptions, trainingSearch } from '../training.js';

/** A bias for every linear layer, from zero. Where a model has none they are added; those it has are moved. */
export const biasOnly = defineTrainedMethod({
  name: 'bitfit',
  kind: 'finetune',
  form: 'biases',
  summary: 'biases of the linear layers alone (added where the model has none)',
  source: 'BitFit, Ben Zaken et al. 2021 (arXiv 2106.10199), §3',
  version: 1,
  options: z.strictObject({
    targets: z.array(LinearTarget).min(1).optional().describe('all that the model has, by default'),
    layers: LayerChoice.default('all'),
    ...trainingOptions,
    search: z
      .strictObject(trainingSearch([1e-3, 1e-2], 'Ben Zaken et al. 2021, appendix A (1e-4 to 1e-2)'))
      .prefault({}),
  }),
  starts({ model }, { targets = linearTargets(model.config), layers }) {
    const blocks = chosenLayers(layers, model.config.layers);
    const freshBias = (layer: number, target: LinearTarget): BiasDelta => {
      const [out] = matrix(model, linearWeightName(model, layer, target)).shape;
      return {
        kind: 'bias',
        layer,
        target,
        scale: 1,
        bias: parameter<Tensor1D>(new Float32Array(out), [out]),
      };
    };
    const fresh = () => ({
      interventions: [],
      weightDeltas: blocks.flatMap((layer) => targets.map((target) => freshBias(layer, target))),
    });
    return [{ setting: {}, fresh }];
  },
});
