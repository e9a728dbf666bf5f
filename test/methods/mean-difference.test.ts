import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  meanDifference,
  readContrasts,
  steerByMeanDifference,
} from '../../methods/steering/mean-difference.js';
import type { LanguageModel } from '../../models/language-model.js';
import { optionActivations, scoreOptions } from '../../models/scoring.js';
import { disposeTreatment } from '../../models/treatment.js';
import { randomItems, tinyModel } from '../models/fixtures.js';
import { testBench } from './bench.js';

let model: LanguageModel;
beforeAll(async () => {
  model = await tinyModel();
});
afterAll(() => model[Symbol.dispose]());

const train = randomItems(6, 3);
const validation = randomItems(5, 4);

test('the vector is the mean of right minus mean wrong activations at the last option token', async () => {
  const contrasts = await readContrasts(testBench(model, validation), train, { layers: [1] });
  const activations = (await optionActivations(model, train, { layers: [1] })).get(1) ?? [];
  const expected = Array.from({ length: model.config.hidden }, (_, channel) => {
    const contrast = train.slice(0, 4).map(({ label }, index) => {
      const options = (activations[index] ?? []).map((row) => row[channel] ?? 0);
      const wrong = options.filter((_, option) => option !== label);
      return (options[label] ?? 0) - wrong.reduce((sum, value) => sum + value, 0) / wrong.length;
    });
    return contrast.reduce((sum, value) => sum + value, 0) / 4;
  });
  const vector = meanDifference(contrasts, 1, 4);
  for (const [channel, value] of expected.entries()) expect(vector[channel]).toBeCloseTo(value, 5);
});

test('coefficient 0 is the base model, to the last bit', async () => {
  const bench = testBench(model, validation);
  const contrasts = await readContrasts(bench, train, { layers: [0] });
  const { treatment, trainableParameters } = await steerByMeanDifference(bench, contrasts, {
    n: 6,
    coefficients: [0],
    positions: 'all',
  });
  expect(await scoreOptions(model, validation, { treatment })).toEqual(await scoreOptions(model, validation));
  expect(trainableParameters).toBe(0);
  disposeTreatment(treatment);
});

test('the search tries every layer with every coefficient and keeps the best by validation accuracy, then margin', async () => {
  const bench = testBench(model, validation);
  const contrasts = await readContrasts(bench, train, { layers: [0, 1] });
  const { treatment, trials } = await steerByMeanDifference(bench, contrasts, {
    n: 6,
    coefficients: [0.5, 1, 2],
    positions: 'all',
  });
  expect(trials.map(({ setting }) => setting)).toEqual(
    [0, 1].flatMap((layer) => [0.5, 1, 2].map((coefficient) => ({ layer, coefficient }))),
  );
  const [best] = [...trials].sort((a, b) => b.score - a.score || b.margin - a.margin || a.trial - b.trial);
  expect(trials.filter(({ chosen }) => chosen)).toEqual([best]);
  expect(treatment.interventions).toMatchObject([best?.setting]);
  disposeTreatment(treatment);
});

test('a budget is charged for its own share of the pass that reads all budgets', async () => {
  const bench = testBench(model, validation);
  const contrasts = await readContrasts(bench, train, { layers: [0] });
  const cost = async (n: number) => {
    const { treatment, flops } = await steerByMeanDifference(bench, contrasts, {
      n,
      coefficients: [1],
      positions: 'all',
    });
    disposeTreatment(treatment);
    return flops.method;
  };
  const [small, whole] = [await cost(2), await cost(6)];
  expect(small).toBeGreaterThan(0);
  expect(small).toBeLessThan(whole);
  expect(whole).toBe(contrasts.meter.forward.flops);
});
