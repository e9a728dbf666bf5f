import type { Rank } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshLora } from '../../methods/finetuning/lora.js';
import { trainingBatch } from '../../models/batch.js';
import { linearTargets } from '../../models/block-names.js';
import { computeMeter, totalFlops } from '../../models/compute-meter.js';
import { generate } from '../../models/generation.js';
import type { LanguageModel } from '../../models/language-model.js';
import { offTarget } from '../../models/off-target.js';
import { PrefixCache } from '../../models/prefix-cache.js';
import { optionActivations, scoreOptions } from '../../models/scoring.js';
import { tf } from '../../models/tensorflow.js';
import { lossAndGradients } from '../../models/training/loss-and-gradients.js';
import { treat } from '../../models/treated-model.js';
import {
  compose,
  disposeTreatment,
  mapTensors,
  type Treatment,
  treatmentTensors,
} from '../../models/treatment.js';
import {
  adapting,
  randomIds,
  randomItems,
  randomLora,
  randomVector,
  relativeError,
  seeded,
  steering,
  tinyModel,
  tinyModels,
} from './fixtures.js';
import { trainable } from './training-run.js';

// Another grouping of the same numbers sums them in another order: a few units in the last place of float32.
const REGROUPED = 2e-5;

describe.each(tinyModels)('%s obeys the laws of the engine', (name) => {
  let model: LanguageModel;
  let treatment: Treatment;
  const items = randomItems(6);
  beforeAll(async () => {
    model = await tinyModel(name);
    const random = seeded(7);
    treatment = compose(
      steering({ layer: 0, coefficient: 2, positions: 'after-prompt', vector: randomVector(48, random) }),
      adapting(
        ...linearTargets(model.config).map((target) => randomLora(model, { layer: 1, target }, random)),
      ),
    );
  });
  afterAll(() => {
    disposeTreatment(treatment);
    model[Symbol.dispose]();
  });

  test('an option scores the same packed with its rivals as alone', async () => {
    const packed = await scoreOptions(model, items, { treatment });
    for (const [index, item] of items.entries()) {
      for (const [option, ids] of item.optionIds.entries()) {
        const [alone = []] = await scoreOptions(model, [{ ...item, optionIds: [ids], label: 0 }], {
          treatment,
        });
        expect(relativeError(alone, [packed[index]?.[option] ?? Number.NaN])).toBeLessThan(REGROUPED);
      }
    }
  });

  test('a treatment’s prompt that is read once scores as one before every item', async () => {
    const prompt = randomIds(seeded(3), 11);
    const adapters = { interventions: [], weightDeltas: treatment.weightDeltas };
    const shared = await scoreOptions(model, items, { treatment: { ...adapters, prompt } });
    const before = items.map((item) => ({ ...item, promptIds: [...prompt, ...item.promptIds] }));
    const whole = await scoreOptions(model, before, { treatment: adapters });
    expect(relativeError(shared.flat(), whole.flat())).toBeLessThan(REGROUPED);
  });

  test('token by token with a cache gives what scoring the whole text finds most probable', async () => {
    const prompt = randomIds(seeded(5), 6);
    const ids = await generate(model, prompt, { maxTokens: 12 });
    for (const [index, id] of ids.entries()) {
      const optionIds = Array.from({ length: 160 }, (_, token) => [token]);
      const [scores = []] = await scoreOptions(model, [
        { id: 'next', promptIds: [...prompt, ...ids.slice(0, index)], optionIds, label: 0 },
      ]);
      expect(scores.indexOf(Math.max(...scores))).toBe(id);
    }
  });

  test('what is known below the first touched block gives the same bits and charges the same FLOPs', async () => {
    using prefixes = new PrefixCache({ maxBytes: 2 ** 24 });
    const runs = [];
    for (let run = 0; run < 2; run++) {
      const meter = computeMeter();
      runs.push({
        scores: await scoreOptions(model, items, { treatment, prefixes, meter }),
        flops: totalFlops(meter),
      });
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(await scoreOptions(model, items, { treatment })).toEqual(runs[0]?.scores);
  });

  test('gradients of all adapters, vectors and weights agree with differences of the loss along them', () => {
    const parameters = trainable(mapTensors(treatment, tf.clone));
    const batch = trainingBatch(items);
    const weights = new Map([...model.weights].map(([key, value]) => [key, tf.variable(value)]));
    const own = { ...model, weights };
    const wanted = [...treatmentTensors(parameters), ...weights.values()];
    const lossOf = () => lossAndGradients(own, batch, { treatment: parameters, wanted: [] }).loss;
    const { gradients } = lossAndGradients(own, batch, { treatment: parameters, wanted });
    wanted.forEach((tensor, index) => {
      if (!(tensor instanceof tf.Variable)) throw new Error('a parameter is no variable');
      const gradient = gradients[index] ?? tf.scalar(0);
      const norm = tf.norm(gradient).dataSync<'float32'>()[0] ?? Number.NaN;
      if (norm < 1e-6) return;
      // Along the unit gradient the loss rises by its norm; float32 loses digits in the difference.
      const step = 2e-3;
      const at = (distance: number) => {
        const before = tensor.clone();
        tf.tidy(() => tensor.assign(tf.add(before, tf.mul(gradient, distance / norm))));
        const loss = lossOf();
        tensor.assign(before);
        before.dispose();
        return loss;
      };
      const slope = (at(step) - at(-step)) / (2 * step);
      expect(Math.abs(slope - norm), `${index} of shape ${tensor.shape}`).toBeLessThan(2e-2 * norm + 2e-3);
    });
    tf.dispose([gradients, wanted]);
  });

  test('nothing is left in memory by scoring, training, generating and comparing', async () => {
    const windows = [randomIds(seeded(2), 20)];
    const once = async () => {
      await scoreOptions(model, items, { treatment });
      await optionActivations(model, items, { layers: [0, 2], treatment });
      await generate(model, [5, 9], { maxTokens: 3, treatment });
      await offTarget(model, windows, { treatment });
      tf.dispose(
        lossAndGradients(model, trainingBatch(items), { treatment, wanted: treatmentTensors(treatment) })
          .gradients,
      );
    };
    await once();
    const before = tf.memory().numTensors;
    await once();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a fresh adapter on every linear layer is the base model to the last bit', async () => {
    const options = { rank: 2, alpha: 4, scaling: 'alpha/rank', layers: 'all' } as const;
    const lora = freshLora(model, { ...options, targets: linearTargets(model.config) }, seeded(1));
    expect(await scoreOptions(model, items, { treatment: lora })).toEqual(await scoreOptions(model, items));
    disposeTreatment(lora);
  });
});

test('an adapter on a gate is refused by a model without gates', async () => {
  using model = await tinyModel('tiny-gpt-neox');
  const [a, b] = [tf.zeros<Rank.R2>([2, 48]), tf.zeros<Rank.R2>([192, 2])];
  const delta = { kind: 'lora', layer: 0, target: 'gate_proj', scale: 1, a, b } as const;
  expect(() => treat(model, adapting(delta))).toThrow(
    /the blocks of tiny-gpt-neox have no gate_proj, expected one of q_proj, k_proj/,
  );
  tf.dispose([a, b]);
});

test('a near block reads the window’s tokens and none before them', async () => {
  using gemma = await tinyModel('tiny-gemma3');
  const window = gemma.config.near?.window ?? 0;
  const text = randomIds(seeded(4), 20);
  const outputOf = async (ids: readonly number[]) => {
    const item = { id: 'text', promptIds: ids.slice(0, -1), optionIds: [ids.slice(-1)], label: 0 };
    return (await optionActivations(gemma, [item], { layers: [0] })).get(0)?.[0]?.[0];
  };
  const changed = (place: number) => text.map((id, i) => (i === place ? (id + 1) % 160 : id));
  const last = text.length - 1;
  expect(await outputOf(changed(last - window))).toEqual(await outputOf(text));
  expect(await outputOf(changed(last - window + 1))).not.toEqual(await outputOf(text));
});
