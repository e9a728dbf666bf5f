import { afterAll, beforeAll, expect, test } from 'vitest';
import { trainingBatch } from '../../models/batch.js';
import { generate } from '../../models/generation.js';
import type { LanguageModel } from '../../models/language-model.js';
import { offTarget } from '../../models/off-target.js';
import { PrefixCache } from '../../models/prefix-cache.js';
import { optionActivations, scoreOptions } from '../../models/scoring.js';
import { tf } from '../../models/tensorflow.js';
import { AdamW } from '../../models/training/adamw.js';
import { lossAndGradients } from '../../models/training/loss-and-gradients.js';
import { compose, disposeTreatment, type Treatment, treatmentTensors } from '../../models/treatment.js';
import { treatmentFromSafetensors, treatmentToSafetensors } from '../../models/treatment-file.js';
import { adapting, randomItems, randomLora, randomVector, seeded, steering, tinyModel } from './fixtures.js';
import { trainable } from './training-run.js';

let model: LanguageModel;
let treatment: Treatment;
const items = randomItems(8);

beforeAll(async () => {
  model = await tinyModel();
  const random = seeded(1);
  treatment = trainable(
    compose(
      adapting(randomLora(model, { layer: 1, target: 'o_proj' }, random)),
      steering({ layer: 1, coefficient: 1, positions: 'last', vector: randomVector(48, random) }),
    ),
  );
});
afterAll(() => {
  disposeTreatment(treatment);
  model[Symbol.dispose]();
});

const works: Record<string, () => unknown> = {
  'scoring leaves': () => scoreOptions(model, items, { treatment }),
  'scoring with a cache, then disposed, leaves': async () => {
    using prefixes = new PrefixCache({ maxBytes: 10_000 });
    await scoreOptions(model, items, { treatment, prefixes, maxTokens: 30 });
    await scoreOptions(model, items, { treatment, prefixes, maxTokens: 30 });
  },
  'reading activations leaves': () => optionActivations(model, items, { layers: [0, 2], treatment }),
  'scoring unrelated text leaves': () => offTarget(model, [[1, 2, 3]], { treatment }),
  'generating leaves': () => generate(model, [1, 2, 3], { maxTokens: 4, treatment }),
  'a refused batch leaves': () => {
    const batch = trainingBatch([{ id: 'a', promptIds: [999], optionIds: [[1]], label: 0 }]);
    expect(() =>
      lossAndGradients(model, batch, { treatment, wanted: treatmentTensors(treatment) }),
    ).toThrow();
  },
  'training steps leave': () => {
    const wanted = treatmentTensors(treatment);
    using optimizer = new AdamW(wanted, { learningRate: 1e-3 });
    for (let step = 0; step < 3; step++) {
      optimizer.step(lossAndGradients(model, trainingBatch(items), { treatment, wanted }).gradients);
    }
  },
  'writing and reading a treatment leaves': () => {
    disposeTreatment(treatmentFromSafetensors(treatmentToSafetensors(treatment), 'memory'));
  },
};

test.each(Object.entries(works))('%s no tensor behind', async (_, work) => {
  // The first time fills what is kept for good: the weights, and the short lists of integers that operations need.
  await work();
  const before = tf.memory().numTensors;
  await work();
  expect(tf.memory().numTensors).toBe(before);
});

test('a model has tensors from their first use until it is disposed', async () => {
  const before = tf.memory().numTensors;
  const other = await tinyModel();
  expect(tf.memory().numTensors).toBe(before);
  expect(other.weights.size).toBeGreaterThan(0);
  expect(tf.memory().numTensors).toBeGreaterThan(before);
  other[Symbol.dispose]();
  expect(tf.memory().numTensors).toBe(before);
});
