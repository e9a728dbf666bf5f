import { afterAll, beforeAll, expect, test } from 'vitest';
import { generate } from '../../models/generation.js';
import type { LanguageModel } from '../../models/language-model.js';
import { scoreOptions } from '../../models/scoring.js';
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
