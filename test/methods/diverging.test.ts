import { afterAll, beforeAll, expect, test } from 'vitest';
import { lora } from '../../methods/finetuning/lora.js';
import { weightSteering } from '../../methods/finetuning/weight-steering.js';
import type { Method } from '../../methods/method.js';
import type { LanguageModel } from '../../models/language-model.js';
import { NonFinite } from '../../models/non-finite.js';
import { tf } from '../../models/tensorflow.js';
import { disposeTreatment } from '../../models/treatment.js';
import { TrialRow } from '../../schemas/tables.js';
import { randomItems, tinyModel } from '../models/fixtures.js';
import { testBench } from './bench.js';

let model: LanguageModel;
beforeAll(async () => {
  model = await tinyModel();
});
afterAll(() => model[Symbol.dispose]());

const train = randomItems(6, 5);
const validation = randomItems(5, 6);
/** Infinite in float32. */
const WILD = 1e40;
const given = { rank: 2, targets: ['q_proj', 'down_proj'], layers: [1, 2], min_steps: 8, batch: 4 };

async function trialsOf(method: Method, search: object): Promise<{ trials: TrialRow[]; declared: number }> {
  const options = method.options.parse({ ...given, search });
  const { treatment, trials } = await method.fit(testBench(model, { validation }), train, options);
  disposeTreatment(treatment);
  return { trials, declared: method.trials(options) };
}

test('the checkpoints that a diverging run did not reach are rows of the search, with the reason and no score', async () => {
  const search = { learning_rates: [1e-3, WILD], checkpoints: [0.125, 0.5, 0.75, 1] };
  const { trials, declared } = await trialsOf(lora, search);
  expect(trials.map(({ trial }) => trial)).toEqual([...Array(declared).keys()]);
  expect(trials.map(({ setting }) => setting)).toEqual(
    [1e-3, WILD].flatMap((learning_rate) => [1, 4, 6, 8].map((step) => ({ learning_rate, step }))),
  );
  expect(trials.map(({ score }) => score === null)).toEqual([
    ...[false, false, false, false],
    ...[true, true, true, true],
  ]);
  // After one step the weights are infinite, and so are the scores; the second step has no loss.
  const [, , , , judged, unreached] = trials;
  expect(judged?.reason).toContain('log-probability');
  expect(unreached?.reason).toContain('the loss is NaN at step 2 of 8');
  expect(trials.filter(({ chosen, score }) => chosen && score === null)).toEqual([]);
});

test('weight steering keeps the rates at which both adapters are finite', async () => {
  const { trials, declared } = await trialsOf(weightSteering, {
    learning_rates: [WILD, 1e-3],
    strengths: [1, 2],
  });
  expect(trials).toHaveLength(declared);
  expect(trials.map(({ setting, reason }) => [setting.strength, reason !== null])).toEqual([
    [1, true],
    [2, true],
    [1, false],
    [2, false],
  ]);
});

test('weight steering that ends within its second adapter leaves nothing of the first behind', async () => {
  const options = weightSteering.options.parse({ ...given, search: { learning_rates: [1e-3] } });
  const bench = testBench(model, { validation });
  const before = tf.memory().numTensors;
  let steps = 0;
  const onProgress = () => {
    if (++steps > 12) throw new Error('stopped');
  };
  await expect(weightSteering.fit({ ...bench, onProgress }, train, options)).rejects.toThrow('stopped');
  bench.prefixes[Symbol.dispose]();
  expect(tf.memory().numTensors).toBe(before);
});

test('without a finite rate the reason is that of the first', async () => {
  const options = weightSteering.options.parse({ ...given, search: { learning_rates: [WILD] } });
  const fitted = weightSteering.fit(testBench(model, { validation }), train, options);
  await expect(fitted).rejects.toThrow(NonFinite);
  await expect(fitted).rejects.toThrow('rate 1e+40: the loss is NaN at step 2 of 8');
});

test('a candidate stored before there were reasons has none', () => {
  const row = { trial: 0, setting: { step: 1 }, score: 1, margin: 2, chosen: true };
  expect(TrialRow.parse(row)).toEqual({ ...row, reason: null });
});
