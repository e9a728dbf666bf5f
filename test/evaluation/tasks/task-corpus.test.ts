import { describe, expect, it } from 'vitest';
import { loadCorpus } from '../../../evaluation/corpora/load-corpus.js';
import { seededRandom } from '../../../evaluation/statistics/random.js';
import { loadTask } from '../../../evaluation/tasks/load-task.js';
import { wordTokenizerFile } from '../../../models/pretraining/model-files.js';
import { wordEncoder } from '../../../models/pretraining/word-encoder.js';
import { tokenizerFrom } from '../../../models/tokenizer.js';
import { folders } from './folders.js';

const families = ['boxes', 'tallest', 'counting', 'swaps', 'word-problems'];

describe.each(families)('the corpus of %s', (name) => {
  it('tells no group of a test item, and only words of its vocabulary', async () => {
    const corpus = await loadCorpus(name, folders);
    const { items } = await loadTask(name, folders);
    const tests = items.test.map(({ prompt }) => prompt);
    const encode = wordEncoder(corpus);
    const random = seededRandom('passages');
    for (let drawn = 0; drawn < 500; drawn++) {
      const { prompt, continuations } = corpus.passage(random);
      const text = `${prompt} ${continuations[0]}`;
      expect(tests.some((test) => text.startsWith(test))).toBe(false);
      expect(encode(text).length).toBeGreaterThan(3);
    }
  });

  it('is encoded as its models’ tokenizer does', async () => {
    const corpus = await loadCorpus(name, folders);
    const tokenizer = tokenizerFrom({
      json: wordTokenizerFile(corpus),
      specialTokens: {},
      chatTemplate: undefined,
      place: name,
    });
    const encode = wordEncoder(corpus);
    const { items } = await loadTask(name, folders);
    for (const { prompt } of items.test.slice(0, 50))
      expect(encode(prompt)).toEqual(tokenizer.encode(prompt));
  });
});

it('a task of finitely many rows makes no corpus', async () => {
  await expect(loadCorpus('capitals', folders)).rejects.toThrow(/found "world-countries", expected/);
});
