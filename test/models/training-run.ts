import { createHash } from 'node:crypto';
import { trainingBatch } from '../../models/batch.js';
import { tf } from '../../models/tensorflow.js';
import { AdamW } from '../../models/training/adamw.js';
import { lossAndGradients } from '../../models/training/loss-and-gradients.js';
import {
  compose,
  disposeTreatment,
  type Treatment,
  treatmentTensors,
  treatmentToSafetensors,
} from '../../models/treatment.js';
import { LoraTarget } from '../../schemas/pipeline.js';
import { adapting, randomItems, randomLora, randomVector, seeded, steering, tinyModel } from './fixtures.js';

/** A short training of adapters and a vector on tiny-llama; the digest of the trained treatment's file. */
export async function trainedDigest(seed: number): Promise<string> {
  using model = await tinyModel();
  const random = seeded(seed);
  const treatment = trainable(
    compose(
      adapting(...LoraTarget.options.map((target) => randomLora(model, { layer: 1, target }, random))),
      steering({ layer: 0, coefficient: 1, positions: 'all', vector: randomVector(48, random) }),
    ),
  );
  const wanted = treatmentTensors(treatment);
  using optimizer = new AdamW(wanted, { learningRate: 1e-2 });
  for (const first of [0, 8, 16, 24]) {
    const batch = trainingBatch(randomItems(32, seed).slice(first, first + 8));
    optimizer.step(lossAndGradients(model, batch, { treatment, wanted }).gradients);
  }
  const bytes = treatmentToSafetensors(treatment);
  disposeTreatment(treatment);
  return createHash('sha256').update(bytes).digest('hex');
}

/** The same treatment in variables, which an optimiser can assign to; the given tensors are disposed. */
export function trainable(treatment: Treatment): Treatment {
  const variables = {
    interventions: treatment.interventions.map((part) => ({ ...part, vector: tf.variable(part.vector) })),
    weightDeltas: treatment.weightDeltas.map((part) => {
      return { ...part, a: tf.variable(part.a), b: tf.variable(part.b) };
    }),
  };
  disposeTreatment(treatment);
  return variables;
}
