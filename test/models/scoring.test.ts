import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { computeMeter } from '../../models/compute-meter.js';
import type { LanguageModel } from '../../models/language-model.js';
import { PrefixCache } from '../../models/prefix-cache.js';
import { optionActivations, scoreOptions } from '../../models/scoring.js';
import { tf } from '../../models/tensorflow.js';
import { compose, disposeTreatment, noTreatment, type Treatment } from '../../models/treatment.js';
import {
  adapting,
  randomItems,
  randomLora,
  randomVector,
  relativeError,
  seeded,
  steering,
  tinyModel,
} from './fixtures.js';

// Another grouping of the same numbers sums them in another order: a few units in the last place of float32.
const REGROUPED = 1e-5;

let model: LanguageModel;
let treatment: Treatment;
const items = randomItems(23);

beforeAll(async () => {
  model = await tinyModel();
  const random = seeded(7);
  treatment = compose(
    steering({ layer: 1, coefficient: 2, positions: 'after-prompt', vector: randomVector(48, random) }),
    adapting(
      randomLora(model, { layer: 1, target: 'q_proj' }, random),
      randomLora(model, { layer: 2, target: 'down_proj' }, random),
    ),
  );
});
afterAll(() => {
  disposeTreatment(treatment);
  model[Symbol.dispose]();
});

test('an option scores the same packed with its rivals and batched with other items as alone', async () => {
  const packed = await scoreOptions(model, items, { treatment });
  for (const [index, item] of items.entries()) {
    for (const [option, ids] of item.optionIds.entries()) {
      const alone = await scoreOptions(model, [{ ...item, optionIds: [ids], label: 0 }], { treatment });
      expect(relativeError(alone[0] ?? [], [packed[index]?.[option] ?? Number.NaN])).toBeLessThan(REGROUPED);
    }
  }
});

test('log-probabilities of all continuations of one token sum to probability one', async () => {
  const optionIds = Array.from({ length: 160 }, (_, id) => [id]);
  const [scores = []] = await scoreOptions(model, [{ id: 'all', promptIds: [5, 9], optionIds, label: 0 }]);
  expect(scores.reduce((sum, score) => sum + Math.exp(score), 0)).toBeCloseTo(1, 5);
});

test('scores come in the order of the items and options, whatever the batches', async () => {
  const whole = await scoreOptions(model, items);
  const reversed = await scoreOptions(model, [...items].reverse(), { maxTokens: 40 });
  expect(whole.map(({ length }) => length)).toEqual(items.map(({ optionIds }) => optionIds.length));
  expect(relativeError(reversed.reverse().flat(), whole.flat())).toBeLessThan(REGROUPED);
});

test('no items give no scores', async () => {
  expect(await scoreOptions(model, [])).toEqual([]);
});

test('starting from cached hidden states gives the same bits as starting from tokens', async () => {
  using prefixes = new PrefixCache({ maxBytes: 2 ** 20 });
  const cold = await scoreOptions(model, items, { treatment });
  const first = await scoreOptions(model, items, { treatment, prefixes });
  const meter = computeMeter();
  const warm = await scoreOptions(model, items, { treatment, prefixes, meter });
  expect(first).toEqual(cold);
  expect(warm).toEqual(cold);
  const whole = computeMeter();
  await scoreOptions(model, items, { treatment, meter: whole });
  expect(meter.forward.flops).toBe(whole.forward.flops);
});

test('a meter is charged for a prefix once, whoever computed it', async () => {
  using prefixes = new PrefixCache({ maxBytes: 2 ** 20 });
  const spent = async (meter = computeMeter()) => {
    const before = meter.forward.flops;
    await scoreOptions(model, items, { treatment, prefixes, meter });
    return meter.forward.flops - before;
  };
  const meter = computeMeter();
  const cold = await spent(meter);
  const again = await spent(meter);
  expect(again).toBeLessThan(cold);
  expect(await spent(meter)).toBe(again);
  expect(await spent()).toBe(cold);
});

test('a state cached for a lower layer serves a treatment that starts higher', async () => {
  using prefixes = new PrefixCache({ maxBytes: 2 ** 20 });
  const vector = randomVector(48, seeded(3));
  for (const layer of [0, 1, 2]) {
    const steered = steering({ layer, coefficient: 1, positions: 'all', vector });
    const cold = await scoreOptions(model, items, { treatment: steered });
    expect(await scoreOptions(model, items, { treatment: steered, prefixes })).toEqual(cold);
  }
  vector.dispose();
});

test('the cache stays within its bound and still gives the same bits', async () => {
  using prefixes = new PrefixCache({ maxBytes: 20_000 });
  const cold = await scoreOptions(model, items, { treatment, maxTokens: 40 });
  expect(await scoreOptions(model, items, { treatment, maxTokens: 40, prefixes })).toEqual(cold);
  expect(await scoreOptions(model, items, { treatment, maxTokens: 40, prefixes })).toEqual(cold);
  expect(prefixes.bytes).toBeGreaterThan(0);
  expect(prefixes.bytes).toBeLessThanOrEqual(20_000);
});

test('the cache does not confuse two models', async () => {
  using other = await tinyModel('tiny-llama-untied');
  using prefixes = new PrefixCache({ maxBytes: 2 ** 20 });
  await scoreOptions(other, items, { prefixes });
  expect(await scoreOptions(model, items, { prefixes })).toEqual(await scoreOptions(model, items));
});

test('activations at the last token of an option are those of the option read alone', async () => {
  const packed = await optionActivations(model, items, { layers: [0, 2], treatment });
  expect([...packed.keys()]).toEqual([0, 2]);
  for (const [index, item] of items.entries()) {
    for (const [option, ids] of item.optionIds.entries()) {
      const single = [{ ...item, optionIds: [ids], label: 0 }];
      const alone = await optionActivations(model, single, { layers: [2], treatment });
      const expected = [...(packed.get(2)?.[index]?.[option] ?? [])];
      expect(expected).toHaveLength(48);
      expect(relativeError([...(alone.get(2)?.[0]?.[0] ?? [])], expected)).toBeLessThan(REGROUPED);
    }
  }
});

test('activations of lower blocks do not pay for higher ones', async () => {
  const [low, high] = [computeMeter(), computeMeter()];
  await optionActivations(model, items, { layers: [0], meter: low });
  await optionActivations(model, items, { layers: [2], meter: high });
  expect(high.forward.flops).toBeCloseTo(3 * low.forward.flops);
});

test('a layer that the model does not have is named', async () => {
  await expect(optionActivations(model, items, { layers: [3] })).rejects.toThrow(
    /no layer 3; tiny-llama has layers 0 to 2/,
  );
});

test('a token outside the vocabulary or a text longer than the context is refused', async () => {
  const item = { id: 'a', promptIds: [160], optionIds: [[1]], label: 0 };
  await expect(scoreOptions(model, [item])).rejects.toThrow(/token id 160 is outside the vocabulary/);
  const long = { ...item, promptIds: Array.from({ length: 257 }, () => 1) };
  await expect(scoreOptions(model, [long])).rejects.toThrow(/position 256 is outside the context length/);
});

test('a score that is not finite is an error that names the item', async () => {
  const vector = tf.fill([48], Number.POSITIVE_INFINITY);
  const broken = steering({ layer: 0, coefficient: 1, positions: 'all', vector: tf.reshape(vector, [48]) });
  await expect(scoreOptions(model, items, { treatment: broken })).rejects.toThrow(
    /item item-0 is NaN, expected a finite number/,
  );
  disposeTreatment(broken);
  vector.dispose();
});

test('counted FLOPs are those of the matrix products', async () => {
  const meter = computeMeter();
  const item = { id: 'a', promptIds: [1, 2, 3], optionIds: [[4]], label: 0 };
  await scoreOptions(model, [item], { treatment: noTreatment, meter });
  // 3 tokens are read and 1 is asked for; 3 layers, C = 48, 6 and 2 heads of 8, F = 96, V = 160.
  const perQuery = 2 * (48 * 48 + 48 * 48 + 3 * 48 * 96) + 2 * 2 * 6 * 3 * 8;
  const perKey = 2 * 2 * 48 * 16;
  // The last block asks at one position only.
  expect(meter.forward.flops).toBe(3 * 3 * perKey + (3 + 3 + 1) * perQuery + 2 * 48 * 160);
  expect(meter.backward.flops).toBe(0);
});

describe('a treatment’s prompt', () => {
  const prompt = [5, 6, 7, 8, 9];
  const within = items.map((item) => ({ ...item, promptIds: [...prompt, ...item.promptIds] }));

  test('read once for all items gives what reading it before each of them gives', async () => {
    const shared = await scoreOptions(model, items, { treatment: { ...noTreatment, prompt } });
    const repeated = await scoreOptions(model, within);
    for (const [index, scores] of repeated.entries())
      for (const [option, value] of scores.entries()) expect(shared[index]?.[option]).toBeCloseTo(value, 4);
  });

  test('costs its own tokens once', async () => {
    const [shared, repeated] = [computeMeter(), computeMeter()];
    await scoreOptions(model, items, { treatment: { ...noTreatment, prompt }, meter: shared });
    await scoreOptions(model, within, { meter: repeated });
    expect(shared.forward.flops).toBeLessThan(repeated.forward.flops);
  });

  test('goes before the user’s words within a chat template', async () => {
    const chat = items.map((item) => ({
      ...item,
      promptIds: [1, 2, ...item.promptIds],
      words: { start: 2, end: 3 },
    }));
    const expected = await scoreOptions(
      model,
      chat.map((item) => ({ ...item, promptIds: [1, 2, ...prompt, ...item.promptIds.slice(2)] })),
    );
    expect(await scoreOptions(model, chat, { treatment: { ...noTreatment, prompt } })).toEqual(expected);
  });
});
