import type { Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { linearWeightName } from '../../models/block-names.js';
import { type LanguageModel, matrix } from '../../models/language-model.js';
import type { LoraDelta, Treatment } from '../../models/treatment.js';
import { LinearTarget } from '../../schemas/treatment.js';
import { chosenLayers, LayerChoice } from '../layers.js';
import { defineTrainedMethod, parameter, trainingOptions, trainingSearch } from '../training.js';

/** What every method that trains LoRA pairs lets a stage set. */
export const loraOptions = {
  rank: z.number().int().positive().default(8).describe('PEFT’s default'),
  alpha: z
    .number()
    .positive()
    .default(16)
    .describe('twice the rank, as in the QLoRA and Alpaca-LoRA recipes'),
  scaling: z
    .enum(['alpha/rank', 'alpha/sqrt-rank'])
    .default('alpha/rank')
    .describe('Hu et al. 2021, §4.1; or rsLoRA, Kalajdzievski 2023'),
  targets: z.array(LinearTarget).min(1).default(['q_proj', 'v_proj']).describe('Hu et al. 2021, §7.1'),
  layers: LayerChoice.default('all'),
};
export type LoraOptions = z.output<z.ZodObject<typeof loraOptions>>;

/** Low-rank pairs beside the weights, trained on the likelihood of the right options. */
export const lora = defineTrainedMethod({
  name: 'lora',
  kind: 'finetune',
  form: 'low-rank weights',
  summary: 'low-rank updates of chosen weights',
  source: 'LoRA, Hu et al. 2021 (arXiv 2106.09685), §4.1; rsLoRA, Kalajdzievski 2023 (arXiv 2312.03732)',
  version: 2,
  options: z.strictObject({
    ...loraOptions,
    ...trainingOptions,
    search: z
      .strictObject(trainingSearch([3e-4, 1e-3], 'Hu et al. 2021, table 11 (2e-4 to 1e-3)'))
      .prefault({}),
  }),
  starts: ({ model, random }, options) => [
    { setting: {}, fresh: () => freshLora(model, options, random('init')) },
  ],
});

/**
 * Fresh pairs: the base model. A [r, in] is uniform on ±1/√in (Kaiming-uniform with a = √5, as PEFT initialises it) and
 * B [out, r] is zero. The caller owns the tensors.
 */
export function freshLora(
  model: LanguageModel,
  { rank, alpha, scaling, targets, layers }: LoraOptions,
  random: () => number,
): Treatment {
  const scale = alpha / (scaling === 'alpha/rank' ? rank : Math.sqrt(rank));
  const weightDeltas = chosenLayers(layers, model.config.layers).flatMap((layer) =>
    targets.map((target): LoraDelta => {
      const [out, input] = matrix(model, linearWeightName(model, layer, target)).shape;
      const bound = 1 / Math.sqrt(input);
      const values = Float32Array.from({ length: rank * input }, () => (2 * random() - 1) * bound);
      const a = parameter<Tensor2D>(values, [rank, input]);
      return {
        kind: 'lora',
        layer,
        target,
        scale,
        a,
        b: parameter<Tensor2D>(new Float32Array(out * rank), [out, rank]),
      };
    }),
  );
  return { interventions: [], weightDeltas };
}
