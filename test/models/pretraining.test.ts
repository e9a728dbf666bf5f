import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../artifacts/canonical-json.js';
import { checkedItem } from '../../models/batch.js';
import { readFolderCheckpoint } from '../../models/checkpoints/folder-checkpoint.js';
import { safetensorsBytes } from '../../models/checkpoints/safetensors.js';
import { llamaBlock, type TransformerConfig } from '../../models/config.js';
import { languageModel } from '../../models/language-model.js';
import { freshWeights } from '../../models/pretraining/fresh-weights.js';
import { configFile, memoryCheckpoint, wordTokenizerFile } from '../../models/pretraining/model-files.js';
import type { EncodedPassage } from '../../models/pretraining/passage-batch.js';
import { Pretraining, restoredStart } from '../../models/pretraining/pretraining.js';
import { wordEncoder } from '../../models/pretraining/word-encoder.js';
import { scoreOptions } from '../../models/scoring.js';
import { tf } from '../../models/tensorflow.js';
import { tokenizerFrom } from '../../models/tokenizer.js';
import { seeded } from './fixtures.js';

const words = [...'abcdefghij', 'a0=1', 'A0=1', ':'];
const config: TransformerConfig = {
  architecture: 'llama',
  layers: 2,
  hidden: 12,
  heads: 2,
  kvHeads: 2,
  headDim: 6,
  intermediate: 16,
  vocabulary: words.length + 1,
  normEpsilon: 1e-5,
  tiedEmbeddings: true,
  contextLength: 32,
  rope: { theta: 10_000 },
  block: llamaBlock,
  eosTokenIds: [],
};
const options = { config, steps: 12, learningRate: 0.01 };

/** Prompts of different lengths with up to three continuations of up to three tokens. */
function passages(seed: number, count = 4): EncodedPassage[] {
  const random = seeded(seed);
  const ids = (length: number) =>
    Array.from({ length }, () => 1 + Math.floor(random() * (config.vocabulary - 1)));
  return Array.from({ length: count }, (_, index) => ({
    promptIds: ids(1 + (index % 5)),
    continuations: Array.from({ length: 1 + (index % 3) }, () => ids(1 + Math.floor(random() * 3))),
  }));
}

function start() {
  return { weights: freshWeights(config, seeded(1)) };
}

describe('fresh weights', () => {
  it('are the same for the same seed, and others for another one', () => {
    const bytes = (seed: number) => sha256(safetensorsBytes(freshWeights(config, seeded(seed))));
    expect(bytes(1)).toBe(bytes(1));
    expect(bytes(1)).not.toBe(bytes(2));
  });

  it('have the variance 1 / inputs, and what writes into the residual stream less', () => {
    const wide = freshWeights({ ...config, hidden: 128, intermediate: 256 }, seeded(3));
    const variance = (name: string) => {
      const values = wide.find((tensor) => tensor.name.endsWith(name))?.values ?? new Float32Array();
      return values.reduce((sum, value) => sum + value * value, 0) / values.length;
    };
    expect(variance('0.mlp.gate_proj.weight') * 128).toBeCloseTo(1, 1);
    expect(variance('0.mlp.down_proj.weight') * 256 * 4).toBeCloseTo(1, 1);
    expect(variance('0.input_layernorm.weight')).toBe(1);
  });
});

describe('pretraining', () => {
  it('has as its loss what scoring gives the continuations', async () => {
    using training = new Pretraining(options, start());
    const given = passages(5);
    const weights = new Map(
      training.weights().map(({ name, shape, values }) => [name, tf.tensor(values, shape)]),
    );
    using model = {
      name: 'scored',
      digest: 'scored',
      config,
      weights,
      tokenizer: undefined,
      [Symbol.dispose]: () => tf.dispose([...weights.values()]),
    };
    const items = given.map(({ promptIds, continuations }, index) =>
      checkedItem({ id: `${index}`, promptIds, optionIds: continuations, label: 0 }),
    );
    const scores = await scoreOptions(model, items);
    const tokens = given.flatMap(({ continuations }) => continuations.flat()).length;
    const mean = -scores.flat().reduce((sum, score) => sum + score, 0) / tokens;
    expect(training.lossOf(given)).toBeCloseTo(mean, 5);
  });

  it('lowers the loss of what it learns from', () => {
    using training = new Pretraining(options, start());
    const before = training.lossOf(passages(7));
    for (let step = 0; step < options.steps; step++) training.learn(passages(7));
    expect(training.lossOf(passages(7))).toBeLessThan(before - 0.1);
    expect(training.flops).toBeGreaterThan(0);
  });

  it('that goes on from a saved state gives the bytes of one that never stopped', () => {
    using undisturbed = new Pretraining(options, start());
    for (let step = 0; step < options.steps; step++) undisturbed.learn(passages(step));
    let state: Uint8Array;
    {
      using interrupted = new Pretraining(options, start());
      for (let step = 0; step < 5; step++) interrupted.learn(passages(step));
      state = interrupted.state();
    }
    const names = start().weights.map(({ name }) => name);
    using resumed = new Pretraining(options, restoredStart(state, { names, place: 'a state' }));
    expect(resumed.step).toBe(5);
    for (let step = 5; step < options.steps; step++) resumed.learn(passages(step));
    expect(sha256(resumed.state())).toBe(sha256(undisturbed.state()));
  });

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    {
      using training = new Pretraining(options, start());
      training.learn(passages(1));
      training.state();
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the files of a model that was trained here', () => {
  const weights = safetensorsBytes(start().weights);
  const files = {
    config: Buffer.from(JSON.stringify(configFile(config))),
    tokenizer: Buffer.from(JSON.stringify(wordTokenizerFile({ words, signs: 'within' }))),
    weights,
  };
  const digests = {
    config: sha256(files.config),
    tokenizer: sha256(files.tokenizer),
    weights: sha256(weights),
  };

  it('open from memory as their folder does, with the same digest', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'crossover-member-'));
    try {
      writeFileSync(join(folder, 'config.json'), files.config);
      writeFileSync(join(folder, 'tokenizer.json'), files.tokenizer);
      writeFileSync(join(folder, 'model.safetensors'), weights);
      const onDisk = await readFolderCheckpoint(folder);
      const inMemory = memoryCheckpoint(files, { place: 'memory', digests });
      expect(inMemory.config).toEqual(config);
      expect(inMemory.digest).toBe(onDisk.digest);
      expect(inMemory.tensorNames).toEqual(onDisk.tensorNames);
      using model = languageModel('memory', inMemory);
      expect(model.tokenizer?.encode('a0=1 b :')).toEqual([11, 2, 13]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('encode words as the corpus encoder does, and both refuse none but unknown ones', () => {
    const tokenizer = tokenizerFrom({
      json: wordTokenizerFile({ words, signs: 'within' }),
      specialTokens: { unk_token: '[unknown]' },
      chatTemplate: undefined,
      place: 'words',
    });
    const encode = wordEncoder({ words, signs: 'within' });
    for (const text of ['a b', 'A0=1 a0=1 :', 'j']) expect(tokenizer.encode(text)).toEqual(encode(text));
    expect(() => encode('a call')).toThrow(/"call" is not among the 13 words/);
  });
});
