import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EncodedItem, textBatch } from '../../models/batch.js';
import { readCheckpoint } from '../../models/checkpoints/read-checkpoint.js';
import { computeMeter } from '../../models/compute-meter.js';
import { generate } from '../../models/generation.js';
import { type LanguageModel, languageModel, matrix } from '../../models/language-model.js';
import { optionActivations, scoreOptions } from '../../models/scoring.js';
import { tf } from '../../models/tensorflow.js';
import { batchTensors } from '../../models/transformer/batch-tensors.js';
import { decode } from '../../models/transformer/decoder.js';
import { logitsAt } from '../../models/transformer/head.js';
import { treat } from '../../models/treated-model.js';
import { noTreatment } from '../../models/treatment.js';
import { smollm2File, smollm2Missing } from '../models/checkpoint-fixtures.js';
import { fixture, relativeError, valuesOf } from '../models/fixtures.js';

interface Golden {
  cases: {
    prompt: string;
    ids: number[];
    top5_ids: number[];
    top5_logits: number[];
    last_token_hidden_norms: Record<string, number>;
    choices: { text: string; ids: number[]; logprob: number }[];
  }[];
  generation: { rendered: string; greedy: string }[];
}

const golden: Golden = JSON.parse(readFileSync(fixture('smollm2-135m.json'), 'utf8'));

describe.skipIf(smollm2Missing)(
  'SmolLM2-135M equals PyTorch (skipped where set-up has not fetched it)',
  () => {
    let model: LanguageModel;
    beforeAll(async () => {
      const location = { format: 'gguf', name: 'smollm2-135m-instruct', file: smollm2File } as const;
      model = languageModel(location.name, await readCheckpoint(location));
    });
    afterAll(() => model[Symbol.dispose]());

    test.each(golden.cases)('the five largest logits after $prompt', ({ ids, top5_ids, top5_logits }) => {
      tf.tidy(() => {
        const batch = textBatch([ids]);
        const count = computeMeter().forward;
        const hidden = decode(treat(model, noTreatment), batch, batchTensors(batch, model.config), { count });
        const { values, indices } = tf.topk(logitsAt(model, hidden, [ids.length - 1], count), 5);
        expect([...indices.dataSync()]).toEqual(top5_ids);
        valuesOf(values).forEach((logit, i) => {
          expect(Math.abs(logit - (top5_logits[i] ?? Number.NaN))).toBeLessThan(2e-3);
        });
      });
    });

    test('norms of hidden states at the last prompt token', async () => {
      const items = golden.cases.map(({ ids }, i) => endingIn(ids, String(i)));
      // The golden file numbers the embedding 0 and the output of block k − 1 as k.
      const numbers = Object.keys(golden.cases[0]?.last_token_hidden_norms ?? {}).map(Number);
      const layers = numbers.filter((k) => k > 0).map((k) => k - 1);
      const activations = await optionActivations(model, items, { layers });
      const embedding = matrix(model, 'model.embed_tokens.weight');
      golden.cases.forEach(({ ids, last_token_hidden_norms }, i) => {
        const embedded = tf.tidy(() => valuesOf(tf.slice(embedding, [ids.at(-1) ?? 0, 0], [1, -1])));
        const expected = last_token_hidden_norms['0'] ?? Number.NaN;
        expect(relativeError([Math.hypot(...embedded)], [expected])).toBeLessThan(1e-3);
        for (const layer of layers) {
          const norm = Math.hypot(...(activations.get(layer)?.[i]?.[0] ?? []));
          const expected = last_token_hidden_norms[layer + 1] ?? Number.NaN;
          expect(relativeError([norm], [expected])).toBeLessThan(1e-3);
        }
      });
    });

    test('log-probabilities of options', async () => {
      const items = golden.cases.map(({ ids, choices }, i): EncodedItem => {
        return { id: String(i), promptIds: ids, optionIds: choices.map((choice) => choice.ids), label: 0 };
      });
      const scores = await scoreOptions(model, items);
      golden.cases.forEach(({ choices }, i) => {
        choices.forEach(({ logprob }, k) => {
          expect(Math.abs((scores[i]?.[k] ?? Number.NaN) - logprob)).toBeLessThan(5e-3);
        });
      });
    });

    test.each(golden.generation)('greedy text: $greedy', async ({ rendered, greedy }) => {
      const tokenizer = model.tokenizer;
      if (tokenizer === undefined) throw new Error('the model has no tokenizer');
      const promptIds = tokenizer.encode(rendered);
      const ids = await generate(model, promptIds, { maxTokens: tokenizer.encode(greedy).length });
      expect(tokenizer.decode(ids)).toBe(greedy);
    });
  },
);

/** An item whose only option ends where the text ends. */
function endingIn(ids: readonly number[], id: string): EncodedItem {
  return { id, promptIds: ids.slice(0, -1), optionIds: [ids.slice(-1)], label: 0 };
}
