import type { Tensor1D } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { promptedIds } from '../../models/batch.js';
import { type GenerationOptions, generate, generateAll } from '../../models/generation.js';
import type { LanguageModel } from '../../models/language-model.js';
import { sampledToken } from '../../models/sampled-token.js';
import { scoreOptions } from '../../models/scoring.js';
import { tf } from '../../models/tensorflow.js';
import { compose, disposeTreatment, noTreatment, type Treatment } from '../../models/treatment.js';
import { adapting, randomLora, randomVector, seeded, steering, tinyModel } from './fixtures.js';

let model: LanguageModel;
const prompt = [119, 109, 111, 107, 40];

beforeAll(async () => {
  model = await tinyModel();
});
afterAll(() => model[Symbol.dispose]());

test.each(['none', 'all', 'after-prompt', 'last'] as const)(
  'token by token with a cache gives what scoring the whole text finds most probable (vector at %s)',
  async (positions) => {
    const random = seeded(8);
    const treatment =
      positions === 'none'
        ? noTreatment
        : compose(
            steering({ layer: 1, coefficient: 3, positions, vector: randomVector(48, random) }),
            adapting(randomLora(model, { layer: 0, target: 'k_proj' }, random)),
          );
    const ids = await generate(model, prompt, { maxTokens: 6, treatment });
    expect(ids).toEqual(await greedyByScoring(prompt, { length: ids.length, treatment }));
    disposeTreatment(treatment);
  },
);

test('tokens are announced as they come, and the end token ends the text', async () => {
  const seen: number[] = [];
  const ids = await generate(model, prompt, { maxTokens: 5, onToken: (id) => seen.push(id) });
  expect(seen).toEqual(ids);
  const [, second = 0] = ids;
  const stopping = { ...model, config: { ...model.config, eosTokenIds: [second] } };
  expect(await generate(stopping, prompt, { maxTokens: 5 })).toEqual(ids.slice(0, ids.indexOf(second) + 1));
});

test('the context bounds the text, and an empty prompt is refused', async () => {
  const short = { ...model, config: { ...model.config, contextLength: 8, eosTokenIds: [] } };
  expect(await generate(short, prompt, { maxTokens: 100 })).toHaveLength(3);
  expect(await generate(model, prompt, { maxTokens: 0 })).toEqual([]);
  await expect(generate(model, [], { maxTokens: 1 })).rejects.toThrow(/prompt has no tokens/);
  const long = [...prompt, ...prompt];
  await expect(generate(short, long, { maxTokens: 1 })).rejects.toThrow(/prompt has 10 tokens; .* holds 8/);
});

describe('many prompts at once', () => {
  const prompts = [prompt, [12, 7], [5, 5, 9, 101, 33, 2, 1, 8], [60], [119, 109]].map((promptIds) => ({
    promptIds,
  }));
  const alone = async (options: Partial<GenerationOptions>) => {
    const texts: number[][] = [];
    for (const { promptIds } of prompts)
      texts.push(
        await generate(model, promptedIds({ promptIds }, options.treatment?.prompt), {
          maxTokens: 7,
          ...options,
          treatment: { ...(options.treatment ?? noTreatment), prompt: [] },
        }),
      );
    return texts;
  };

  test.each(['nothing', 'a vector after the prompt', 'a gate and a prompt', 'a prompt'] as const)(
    'are continued as each of them alone, whatever their lengths (under %s)',
    async (what) => {
      const random = seeded(3);
      const vector = randomVector(48, random);
      const prefix = what.includes('a prompt') ? [3, 1, 4, 1, 5] : [];
      const steered =
        what === 'a vector after the prompt'
          ? steering({ layer: 0, coefficient: 2, positions: 'after-prompt', vector })
          : what === 'a gate and a prompt'
            ? gating(vector, random)
            : noTreatment;
      const treatment = { ...steered, prompt: prefix };
      const together = await generateAll(model, prompts, { maxTokens: 7, treatment });
      expect(together.map(({ ids }) => ids)).toEqual(await alone({ treatment }));
      const inPairs = await generateAll(model, prompts, { maxTokens: 7, treatment, maxPlaces: 40 });
      expect(inPairs).toEqual(together);
      disposeTreatment(treatment);
    },
  );

  test('leave no tensors behind, and rows that end early do not disturb the others', async () => {
    const whole = await generateAll(model, prompts, { maxTokens: 7 });
    const ending = whole[1]?.ids[2] ?? 0;
    const stopping = { ...model, config: { ...model.config, eosTokenIds: [ending] } };
    const some = await generateAll(stopping, prompts, { maxTokens: 7 });
    for (const [index, { ids, ended }] of some.entries()) {
      const until = whole[index]?.ids.indexOf(ending) ?? -1;
      expect(ids).toEqual(until < 0 ? whole[index]?.ids : whole[index]?.ids.slice(0, until + 1));
      expect(ended).toBe(until < 0 ? 'length' : 'token');
    }
    // The first pass keeps lists of the shapes that it meets.
    const before = tf.memory().numTensors;
    await generateAll(stopping, prompts, { maxTokens: 7 });
    expect(tf.memory().numTensors).toBe(before);
  });

  test('are sampled alike whatever they are beside, and otherwise with another seed', async () => {
    const sampled = (seed: number, chosen = prompts) =>
      generateAll(model, chosen, {
        maxTokens: 7,
        sampling: {
          temperature: 1.5,
          draws: chosen.map(({ promptIds }) => seeded(seed + promptIds.length * 7 + (promptIds[0] ?? 0))),
        },
      });
    const all = await sampled(1);
    expect(await sampled(1)).toEqual(all);
    expect((await sampled(1, prompts.slice(2, 3)))[0]).toEqual(all[2]);
    expect(await sampled(2)).not.toEqual(all);
  });
});

test('drawn tokens are as frequent as they are probable', () => {
  const probabilities = Float32Array.from([0.5, 0, 0.3, 0.2]);
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 1000; i++) {
    const id = sampledToken(probabilities, (i + 0.5) / 1000);
    counts[id] = (counts[id] ?? 0) + 1;
  }
  expect(counts).toEqual([500, 0, 300, 200]);
  expect(sampledToken(probabilities, 0.9999999999)).toBe(3);
  expect(() => sampledToken(probabilities, 1)).toThrow('drawn by 1, expected a number in [0, 1)');
});

/** A vector that acts where the text so far lies on one side, about half of all texts. */
function gating(vector: Tensor1D, random: () => number): Treatment {
  const [condition, center] = [randomVector(48, random), randomVector(48, () => 0.5)];
  const where = { layer: 0, coefficient: 2, positions: 'all', threshold: 0 } as const;
  return { interventions: [{ kind: 'gated-add', ...where, vector, condition, center }], weightDeltas: [] };
}

/** Greedy search without a cache: every token of the vocabulary as an option after the text so far. */
async function greedyByScoring(
  promptIds: readonly number[],
  { length, treatment }: { length: number; treatment: Treatment },
): Promise<number[]> {
  const generated: number[] = [];
  while (generated.length < length) {
    const optionIds = Array.from({ length: 160 }, (_, id) => [...generated, id]);
    // One option a time: long options would not all fit into one row's context.
    const items = optionIds.map((ids, i) => ({
      id: String(i),
      promptIds: [...promptIds],
      optionIds: [ids],
      label: 0,
    }));
    const scores = (await scoreOptions(model, items, { treatment })).map(([score = Number.NaN]) => score);
    generated.push(scores.indexOf(Math.max(...scores)));
  }
  return generated;
}
