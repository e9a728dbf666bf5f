import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examine } from '../../activities/examine.js';
import { playEpisodes } from '../../activities/play-episodes.js';
import { begin } from '../../evaluation/environments/episodes.js';
import { contrastReader } from '../../methods/contrasts.js';
import type { OwnSampling } from '../../methods/own-samples.js';
import { type EncodedItem, encodeItem, trainingBatch } from '../../models/batch.js';
import { computeMeter } from '../../models/compute-meter.js';
import { generateAll } from '../../models/generation.js';
import type { LanguageModel } from '../../models/language-model.js';
import { PrefixCache } from '../../models/prefix-cache.js';
import { generatedText } from '../../models/text-end.js';
import type { Tokenizer } from '../../models/tokenizer.js';
import { noTreatment } from '../../models/treatment.js';
import { GeneratedAnswers } from '../../schemas/generated-answers.js';
import { seeded, tinyModel } from '../models/fixtures.js';

/** A character a token, over tiny-llama's 160 tokens. */
const characters: Tokenizer = {
  encode: (text) => [...text].map((character) => character.charCodeAt(0) % 158),
  decode: (ids) => String.fromCharCode(...ids),
  renderChat: () => '',
  endOfTurn: 159,
  textStart: [],
};

const rule = GeneratedAnswers.parse({ generate: 'exact', max_tokens: 6 });

let model: LanguageModel;
beforeAll(async () => {
  model = { ...(await tinyModel()), tokenizer: characters };
});
afterAll(() => model[Symbol.dispose]());

const item = (prompt: string, target: string, scoring = rule): EncodedItem =>
  encodeItem(characters, { id: prompt, prompt, options: [target], label: 0 }, { format: 'plain', scoring });
const prompts = ['one', 'number two', 'and the third'];

/** What the untreated model writes after every prompt. */
async function ownTexts(): Promise<string[]> {
  const generated = await generateAll(
    model,
    prompts.map((prompt) => item(prompt, 'x')),
    { maxTokens: rule.max_tokens },
  );
  return generated.map(({ ids }) => generatedText(model, ids));
}

describe('written answers', () => {
  it('are right when they say the target, and two outcomes for all statistics', async () => {
    const texts = await ownTexts();
    const items = prompts.map((prompt, index) => item(prompt, index === 1 ? 'Q' : (texts[index] ?? '')));
    const { scores, generations } = await examine(model, items, {});
    expect(scores.map(({ correct, prediction, label }) => [correct, prediction, label])).toEqual([
      [true, 1, 1],
      [false, 0, 1],
      [true, 1, 1],
    ]);
    expect(generations.map(({ text }) => text)).toEqual(texts);
    expect(generations.map(({ outcome }) => outcome)).toEqual(['right', 'wrong', 'right']);
    for (const { margin } of scores) expect(margin).toBeLessThan(0);
  });

  it('without an answer in them are told apart from wrong ones', async () => {
    const numeric = GeneratedAnswers.parse({
      generate: 'numeric',
      max_tokens: 6,
      pattern: 'never ([0-9]+) this',
    });
    const target = 'never 3 this';
    const { scores, generations } = await examine(model, [item('one', target, numeric)], {});
    expect(generations[0]).toMatchObject({ outcome: 'unparsable', parsed: null, target });
    expect(scores[0]?.correct).toBe(false);
  });

  it('end before a stop sequence, which is no part of them', async () => {
    const [text = ''] = await ownTexts();
    const stop = text.charAt(2);
    const stopping = GeneratedAnswers.parse({ generate: 'exact', max_tokens: 6, stop: [stop] });
    const { generations } = await examine(model, [item('one', 'x', stopping)], {});
    expect(generations[0]).toMatchObject({ text: text.slice(0, text.indexOf(stop)), ended: 'stop' });
  });

  it('that are drawn are the same for the same seed, in any company', async () => {
    const drawn = (seed: number) =>
      GeneratedAnswers.parse({ generate: 'exact', max_tokens: 6, sampled: { temperature: 2, seed } });
    const written = async (seed: number, chosen = prompts) => {
      const items = chosen.map((prompt) => item(prompt, 'x', drawn(seed)));
      return (await examine(model, items, {})).generations.map(({ text }) => text);
    };
    const all = await written(1);
    expect(await written(1, prompts.slice(1))).toEqual(all.slice(1));
    expect(await written(2)).not.toEqual(all);
  });

  it('are trained to end', () => {
    const { targets } = trainingBatch([item('one', 'ab')]);
    expect([...targets].filter((id) => id >= 0)).toEqual([...characters.encode(' ab'), 159]);
  });
});

describe('a target without wrong answers', () => {
  const sampling = (isWrong: (item: EncodedItem) => boolean): OwnSampling => ({
    wrongAnswer: (asked, ids) => (isWrong(asked) ? [...ids] : undefined),
    random: (_, attempt) => seeded(attempt),
  });
  const reader = (isWrong: (item: EncodedItem) => boolean) =>
    contrastReader({
      model,
      prefixes: new PrefixCache({ maxBytes: 2 ** 20 }),
      sampling: sampling(isWrong),
    });

  it('is held against what the base model writes; what it never gets wrong is left out', async () => {
    const pool = prompts.map((prompt) => item(prompt, 'abc'));
    const contrasts = reader(({ id }) => id !== 'number two');
    const { items, spent } = await contrasts.withWrong(pool);
    expect(items.map(({ id }) => id)).toEqual(['one', 'and the third']);
    const texts = await ownTexts();
    expect(items.map(({ optionIds }) => String.fromCharCode(...(optionIds[1] ?? [])))).toEqual([
      texts[0],
      texts[2],
    ]);
    expect(spent.flops).toBeGreaterThan(0);
    const { byLayer } = await contrasts.read(pool, { layers: [0] });
    expect(byLayer.get(0)).toHaveLength(2);
  });

  it('costs what the same examples cost, whichever were asked before', async () => {
    const pool = Array.from({ length: 20 }, (_, i) => item(`${'long '.repeat(i % 4)}${i}`, 'abc'));
    const contrasts = reader(() => true);
    await contrasts.withWrong(pool);
    const [alone, after] = [reader(() => true), contrasts].map((each) => each.withWrong(pool.slice(0, 3)));
    expect(await after).toEqual(await alone);
  });

  it('leaves no contrast where the base model gets all right', async () => {
    const pool = prompts.map((prompt) => item(prompt, 'abc'));
    await expect(reader(() => false).read(pool, { layers: [0] })).rejects.toThrow(
      'the base model got none of the 3 examples wrong',
    );
  });
});

it('an action that is written and cannot be done ends its episode and is counted as what it is', async () => {
  const name = { environment: 'form-filling', seed: 3, level: 'short' } as const;
  const starts = [0, 1].map((number) => ({ item: String(number), level: 'short', number }));
  const { scores, episodes } = await playEpisodes(
    { ...name, version: 1, starts },
    {
      model: { ...model, config: { ...model.config, contextLength: 4096 } },
      treatment: noTreatment,
      asking: { format: 'plain', scoring: rule },
      meter: computeMeter(),
      onProgress: () => undefined,
    },
  );
  for (const [number, episode] of episodes.entries()) {
    expect(episode).toMatchObject({ outcome: 'no such action', steps: 1, agreement: 0, weighted: 0 });
    expect(begin({ ...name, split: 'test', number }).actions).not.toContain(episode.actions);
  }
  expect(scores.map(({ correct }) => correct)).toEqual([false, false]);
});
