import { afterAll, beforeAll, expect, test } from 'vitest';
import { differences } from '../../methods/contrasts.js';
import { meanOf } from '../../methods/steering/along.js';
import { meanDifference } from '../../methods/steering/mean-difference.js';
import type { LanguageModel } from '../../models/language-model.js';
import { optionActivations } from '../../models/scoring.js';
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
const bench = () => testBench(model, { validation });

test('the vector is the mean of right minus mean wrong activations at the last option token', async () => {
  const { byLayer } = await bench().contrasts.read(train.slice(0, 4), { layers: [1] });
  const activations = (await optionActivations(model, train, { layers: [1] })).get(1) ?? [];
  const expected = Array.from({ length: model.config.hidden }, (_, channel) => {
    const contrast = train.slice(0, 4).map(({ label }, index) => {
      const options = (activations[index] ?? []).map((row) => row[channel] ?? 0);
      const wrong = options.filter((_, option) => option !== label);
      return (options[label] ?? 0) - wrong.reduce((sum, value) => sum + value, 0) / wrong.length;
    });
    return contrast.reduce((sum, value) => sum + value, 0) / 4;
  });
  const vector = meanOf(differences(byLayer.get(1) ?? []));
  for (const [channel, value] of expected.entries()) expect(vector[channel]).toBeCloseTo(value, 5);
});

test('the search tries every layer with every coefficient', async () => {
  const options = meanDifference.options.parse({ search: { layers: [0, 1], coefficients: [0.5, 1, 2] } });
  const { treatment, trials } = await meanDifference.fit(bench(), train, options);
  expect(trials.map(({ setting }) => setting)).toEqual(
    [0, 1].flatMap((layer) => [0.5, 1, 2].map((coefficient) => ({ layer, coefficient }))),
  );
  expect(treatment.interventions).toMatchObject([trials.find(({ chosen }) => chosen)?.setting]);
  disposeTreatment(treatment);
});

test('a budget reads the same bytes at the same cost whatever was read before it', async () => {
  const pool = randomItems(80, 8);
  const after = bench().contrasts;
  await after.read(pool, { layers: [0, 2] });
  const costs: number[] = [];
  for (const n of [1, 4, 16, 20, 64, 70]) {
    const items = pool.slice(0, n);
    const alone = await bench().contrasts.read(items, { layers: [0, 2] });
    expect(await after.read(items, { layers: [0, 2] })).toEqual(alone);
    costs.push(alone.spent.flops);
  }
  expect(costs).toEqual(costs.toSorted((one, other) => one - other));
});
