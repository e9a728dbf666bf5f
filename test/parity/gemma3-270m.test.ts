import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeItem, encodePrompt } from '../../models/batch.js';
import { readCheckpoint } from '../../models/checkpoints/read-checkpoint.js';
import { generate } from '../../models/generation.js';
import { type LanguageModel, languageModel } from '../../models/language-model.js';
import { scoreOptions } from '../../models/scoring.js';
import { cacheFolder } from '../models/checkpoint-fixtures.js';

const file = join(cacheFolder, 'models/gemma-3-270m/gemma-3-270m-q4_k_m.gguf');

describe.skipIf(!existsSync(file))(
  'Gemma-3-270M (skipped where nobody has accepted its terms and fetched it)',
  () => {
    let model: LanguageModel;
    beforeAll(async () => {
      const location = { format: 'gguf', name: 'gemma-3-270m', file } as const;
      model = languageModel(location.name, await readCheckpoint(location));
    }, 120_000);
    afterAll(() => model[Symbol.dispose]());
    const tokenizer = () => model.tokenizer ?? expect.fail('the model has no tokenizer');

    // As the byte-pair encoding of the tokenizers library gives them, from merges made of the same pieces.
    test.each([
      ['The capital of France is', [818, 5279, 529, 7001, 563]],
      ['Hello,  world\n\n', [9259, 236764, 138, 12392, 108]],
      [' 12', [236743, 236770, 236778]],
    ])('encodes %j', (text, ids) => {
      expect(tokenizer().encode(text)).toEqual(ids);
      expect(tokenizer().decode(ids)).toBe(text);
    });

    test('continues with the capital of France', async () => {
      const prompt = 'The capital of Germany is Berlin. The capital of France is';
      const { promptIds } = encodePrompt(tokenizer(), prompt, 'plain');
      expect(promptIds[0]).toBe(model.config.bosTokenId);
      expect(tokenizer().decode(await generate(model, promptIds, { maxTokens: 2 }))).toBe(' Paris.');
    }, 120_000);

    test('finds the capitals of four countries among each other', async () => {
      const capitals = ['Paris', 'Tokyo', 'Cairo', 'Ottawa'];
      const items = ['France', 'Japan', 'Egypt', 'Canada'].map((country, label) => {
        const item = { id: country, prompt: `The capital of ${country} is`, options: capitals, label };
        return encodeItem(tokenizer(), item, { format: 'plain' });
      });
      const scores = await scoreOptions(model, items);
      expect(scores.map((options) => options.indexOf(Math.max(...options)))).toEqual([0, 1, 2, 3]);
    }, 120_000);
  },
);
