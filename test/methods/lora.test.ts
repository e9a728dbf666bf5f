import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { batchOrder } from '../../methods/batch-order.js';
import { freshLora, type LoraOptions, lora } from '../../methods/finetuning/lora.js';
import type { LanguageModel } from '../../models/language-model.js';
import { NonFinite } from '../../models/non-finite.js';
import { scoreOptions } from '../../models/scoring.js';
import { disposeTreatment } from '../../models/treatment.js';
import { randomItems, seeded, tinyModel } from '../models/fixtures.js';
import { testBench } from './bench.js';

let model: LanguageModel;
beforeAll(async () => {
  model = await tinyModel();
});
afterAll(() => model[Symbol.dispose]());

const train = randomItems(6, 5);
const validation = randomItems(5, 6);
const given = {
  rank: 2,
  alpha: 4,
  targets: ['q_proj', 'down_proj'],
  layers: [1, 2],
  min_steps: 8,
  batch: 4,
  search: { learning_rates: [0.01, 0.03], checkpoints: [0.5, 1] },
};
const options = lora.options.parse(given);

test('training raises the probability of the right options it has seen', async () => {
  const { treatment } = await lora.fit(testBench(model, { validation: train }), train, options);
  const right = async (how = {}) => {
    const scores = await scoreOptions(model, train, how);
    return train.reduce((sum, { label }, index) => sum + (scores[index]?.[label] ?? 0), 0);
  };
  expect(await right({ treatment })).toBeGreaterThan((await right()) + 1);
  disposeTreatment(treatment);
});

test('every checkpoint of every learning rate is a trial', async () => {
  const bench = testBench(model, { validation });
  const { treatment, trials, trainableParameters } = await lora.fit(bench, train, options);
  expect(trials.map(({ setting }) => setting)).toEqual(
    [0.01, 0.03].flatMap((learning_rate) => [4, 8].map((step) => ({ learning_rate, step }))),
  );
  // Two blocks, each rank 2 × (in + out) for q_proj 48→48 and down_proj 96→48.
  expect(trainableParameters).toBe(2 * 2 * (48 + 48 + 96 + 48));
  disposeTreatment(treatment);
});

test('rsLoRA counts the pairs with alpha / √rank', () => {
  const scaleOf = (scaling: LoraOptions['scaling']) => {
    const shape: LoraOptions = { rank: 4, alpha: 4, scaling, targets: ['q_proj'], layers: [1] };
    const treatment = freshLora(model, shape, seeded(1));
    const [delta] = treatment.weightDeltas;
    disposeTreatment(treatment);
    return delta?.kind === 'lora' ? delta.scale : undefined;
  };
  expect([scaleOf('alpha/rank'), scaleOf('alpha/sqrt-rank')]).toEqual([1, 2]);
});

test('a loss that leaves the finite numbers at every rate is a failure with its reason, not a score', async () => {
  // Infinite in float32; a merely huge step is tamed by the next norm and stays finite.
  const wild = { ...options, search: { learning_rates: [1e40], checkpoints: [1] } };
  await expect(lora.fit(testBench(model, { validation }), train, wild)).rejects.toThrow(NonFinite);
});

describe('the order of examples', () => {
  const order = (items: number, more = {}) =>
    batchOrder(items, { batch: 4, epochs: 2, minSteps: 1, random: seeded(7), ...more });

  test('shows every example once an epoch', () => {
    const steps = order(10);
    expect(steps.map(({ length }) => length)).toEqual([4, 4, 2, 4, 4, 2]);
    for (const epoch of [steps.slice(0, 3), steps.slice(3)]) {
      expect(epoch.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });

  test('repeats small data up to the smallest number of steps', () => {
    expect(order(1, { minSteps: 5 })).toEqual([[0], [0], [0], [0], [0]]);
  });
});
