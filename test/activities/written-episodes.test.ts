import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { playEpisodes } from '../../activities/play-episodes.js';
import { demonstration, stepLimit } from '../../evaluation/environments/environment.js';
import { begin, NO_SUCH_ACTION } from '../../evaluation/environments/episodes.js';
import { computeMeter } from '../../models/compute-meter.js';
import type { LanguageModel } from '../../models/language-model.js';
import { noTreatment, type Treatment } from '../../models/treatment.js';
import { loadModel } from '../../runtime/load-model.js';
import { readSettings } from '../../runtime/settings.js';
import { GeneratedAnswers } from '../../schemas/generated-answers.js';
import { smollm2Missing } from '../models/checkpoint-fixtures.js';

const form = { environment: 'form-filling', seed: 0, level: 'short' } as const;
const scoring = GeneratedAnswers.parse({ generate: 'exact', max_tokens: 6, stop: ['\n'] });
const numbers = [0, 1];

/** Decisions of the expert in training episodes, each with its action. */
function demonstrated(episodes: number): string {
  const decisions = Array.from({ length: episodes }, (_, number) =>
    demonstration(begin({ ...form, split: 'train', number })),
  ).flat();
  return decisions.map(({ prompt, expert }) => `${prompt} ${expert}\n\n`).join('');
}

describe.skipIf(smollm2Missing)(
  'SmolLM2-135M-Instruct writes its actions (skipped where set-up has not fetched the weights)',
  () => {
    let model: LanguageModel;
    beforeAll(async () => {
      model = await loadModel('smollm2-135m-instruct', readSettings(process.env, resolve('.')));
    });
    afterAll(() => model[Symbol.dispose]());

    const played = (treatment: Treatment) =>
      playEpisodes(
        {
          environment: form.environment,
          seed: form.seed,
          version: 1,
          starts: numbers.map((number) => ({ item: `episode ${number}`, level: form.level, number })),
        },
        {
          model,
          treatment,
          asking: { format: 'plain', scoring },
          meter: computeMeter(),
          onProgress: () => undefined,
        },
      );

    /** What comes of written actions by the rules of the environment alone. */
    function replayed(number: number, actions: readonly string[]): string {
      let situation = begin({ ...form, split: 'test', number });
      const limit = stepLimit(demonstration(situation).length);
      for (const action of actions) {
        if (!situation.actions.includes(action)) return NO_SUCH_ACTION;
        situation = situation.after(action);
      }
      const { outcome } = situation;
      if (outcome !== 'open') return typeof outcome === 'object' ? outcome.failure : outcome;
      return actions.length === limit ? 'out of steps' : 'not over';
    }

    test('after demonstrations it writes one that there is and one that there is not; each ends its episode by the rules', async () => {
      const prompt = model.tokenizer?.encode(demonstrated(2)) ?? [];
      const treatment = { ...noTreatment, prompt };
      const { scores, episodes } = await played(treatment);
      for (const [index, { actions, outcome }] of episodes.entries())
        expect(replayed(numbers[index] ?? -1, actions.split('\n'))).toBe(outcome);
      expect(episodes.map(({ outcome }) => outcome)).toEqual(['sent with wrong entries', NO_SUCH_ACTION]);
      expect(scores.map(({ correct }) => correct)).toEqual(
        episodes.map(({ outcome }) => outcome === 'success'),
      );
      expect(await played(treatment)).toEqual({ scores, episodes });
    }, 300_000);

    test('without any it writes none of the actions, and every episode is counted as ended by such a text', async () => {
      const { scores, episodes } = await played(noTreatment);
      expect(episodes.map(({ outcome }) => outcome)).toEqual(numbers.map(() => NO_SUCH_ACTION));
      for (const [index, { actions, outcome, steps, weighted }] of episodes.entries()) {
        expect(replayed(numbers[index] ?? -1, actions.split('\n'))).toBe(outcome);
        expect([steps > 0, weighted]).toEqual([true, 0]);
      }
      for (const { correct, margin } of scores) {
        expect(correct).toBe(false);
        expect(Number.isFinite(margin)).toBe(true);
      }
    }, 300_000);
  },
);
