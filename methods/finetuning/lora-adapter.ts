import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { type LanguageModel, matrix } from '../../models/language-model.js';
import { tf } from '../../models/tensorflow.js';
import { targetModules } from '../../models/treated-model.js';
import type { Treatment, WeightDelta } from '../../models/treatment.js';
import type { LoraTarget } from '../../schemas/pipeline.js';

export interface AdapterShape {
  rank: number;
  alpha: number;
  targets: readonly LoraTarget[];
  layers: readonly number[];
}

/**
 * A fresh adapter: the identity. A [r, in] is uniform on ±1/√in (Kaiming-uniform with a = √5, as PEFT initialises it),
 * B [out, r] is zero, and the pair counts with alpha / rank (Hu et al. 2021, §4.1). The caller owns its tensors.
 */
export function freshAdapter(
  model: LanguageModel,
  { rank, alpha, targets, layers }: AdapterShape,
  random: () => number,
): Treatment {
  const weightDeltas = layers.flatMap((layer) =>
    targets.map((target): WeightDelta => {
      const [out, input] = matrix(model, `model.layers.${layer}.${targetModules[target]}.weight`).shape;
      const bound = 1 / Math.sqrt(input);
      const values = Float32Array.from({ length: rank * input }, () => (2 * random() - 1) * bound);
      return {
        kind: 'lora',
        layer,
        target,
        scale: alpha / rank,
        a: parameter(values, [rank, input]),
        b: parameter(new Float32Array(out * rank), [out, rank]),
      };
    }),
  );
  return { interventions: [], weightDeltas };
}

/** The adapter as it is now, in constant tensors of its own. */
export function copyAdapter({ interventions, weightDeltas }: Treatment): Treatment {
  return {
    interventions: interventions.map((intervention) => ({
      ...intervention,
      vector: frozen(intervention.vector),
    })),
    weightDeltas: weightDeltas.map((delta) => ({ ...delta, a: frozen(delta.a), b: frozen(delta.b) })),
  };
}

function parameter(values: Float32Array, shape: [number, number]): Tensor2D {
  return tf.tidy(() => tf.variable(tf.tensor2d(values, shape)));
}

/** A copy of its own memory: an optimiser assigns to the variables it was made from. */
function frozen<T extends Tensor>(variable: T): T {
  return tf.tidy(() => tf.add<T>(variable, 0));
}
