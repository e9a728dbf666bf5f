import { createHash } from 'node:crypto';
import { parameterLike } from '../../methods/training.js';
import { trainingBatch } from '../../models/batch.js';
import { AdamW } from '../../models/training/adamw.js';
import { lossAndGradients } from '../../models/training/loss-and-gradients.js';
import {
  compose,
  disposeTreatment,
  mapTensors,
  type Treatment,
  treatmentTensors,
} from '../../models/treatment.js';
import { treatmentToSafetensors } from '../../models/treatment-file.js';
import { LinearTarget } from '../../schemas/treatment.js';
import { adapting, randomItems, randomLora, randomVector, seeded, steering, tinyModel } from './fixtures.js';

/** A short training of adapters and a vector on tiny-llama; the digest of the trained treatment's file. */
export async function trainedDigest(seed: number): Promise<string> {
  using model = await tinyModel();
  const random = seeded(seed);
  const treatment = trainable(
    compose(
      adapting(...LinearTarget.options.map((target) => randomLora(model, { layer: 1, target }, random))),
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
  const variables = mapTensors(treatment, (tensor) => parameterLike(tensor));
  disposeTreatment(treatment);
  return variables;
}
