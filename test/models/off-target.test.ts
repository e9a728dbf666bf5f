import { afterAll, beforeAll, expect, test } from 'vitest';
import { textBatch } from '../../models/batch.js';
import { computeMeter, totalFlops } from '../../models/compute-meter.js';
import type { LanguageModel } from '../../models/language-model.js';
import { offTarget, offTargetWindows } from '../../models/off-target.js';
import { PrefixCache } from '../../models/prefix-cache.js';
import { scoreOptions } from '../../models/scoring.js';
import { tf } from '../../models/tensorflow.js';
import { tokenizerFrom } from '../../models/tokenizer.js';
import { batchTensors } from '../../models/transformer/batch-tensors.js';
import { decode } from '../../models/transformer/decoder.js';
import { logitsAt } from '../../models/transformer/head.js';
import { treat } from '../../models/treated-model.js';
import { disposeTreatment, noTreatment, type Treatment } from '../../models/treatment.js';
import {
  adapting,
  randomIds,
  randomLora,
  randomVector,
  relativeError,
  seeded,
  steering,
  tinyModel,
} from './fixtures.js';
import { sentencePieceSource } from './sentencepiece.js';

let model: LanguageModel;
const random = seeded(21);
const windows = [12, 30, 2, 17].map((length) => randomIds(random, length));
/** Of the logits of all scored positions, in bytes. */
const logitBytes = (12 + 30 + 2 + 17 - windows.length) * 160 * 4;
const inTheMiddle = (): Treatment =>
  steering({ layer: 1, coefficient: 1, positions: 'after-prompt', vector: randomVector(48, seeded(3)) });

beforeAll(async () => {
  model = await tinyModel();
});
afterAll(() => model[Symbol.dispose]());

test('the base model does not diverge from itself: KL is exactly 0 and both likelihoods are equal', async () => {
  const sums = await offTarget(model, windows);
  expect(sums.map(({ tokens }) => tokens)).toEqual([11, 29, 1, 16]);
  for (const { kl, nll, baseNll } of sums) {
    expect(kl).toBe(0);
    expect(nll).toBe(baseNll);
  }
});

test.each([1, 1e-3])(
  'sums equal a float64 computation from the logits, for a LoRA of scale %f',
  async (scale) => {
    const treatment = adapting({ ...randomLora(model, { layer: 1, target: 'q_proj' }, seeded(2)), scale });
    const sums = await offTarget(model, windows, { treatment });
    windows.forEach((window, index) => {
      const base = logProbabilities(noTreatment, window);
      const treated = logProbabilities(treatment, window);
      const expected = { kl: 0, nll: 0, baseNll: 0 };
      for (const [i, target] of window.slice(1).entries()) {
        const [p = [], q = []] = [base[i], treated[i]];
        expected.kl += p.reduce((sum, logP, id) => sum + Math.exp(logP) * (logP - (q[id] ?? Number.NaN)), 0);
        expected.nll -= q[target] ?? Number.NaN;
        expected.baseNll -= p[target] ?? Number.NaN;
      }
      const { kl, nll, baseNll } = sums[index] ?? {};
      expect(relativeError([nll ?? 0, baseNll ?? 0], [expected.nll, expected.baseNll])).toBeLessThan(1e-5);
      // The logits themselves carry float32 rounding of about 1e-6, which enters KL to first order.
      expect(Math.abs((kl ?? Number.NaN) - expected.kl)).toBeLessThan(1e-5 * Math.max(1, expected.kl));
    });
    disposeTreatment(treatment);
  },
);

test('a treatment’s prompt stands after the token before every text, as in items', async () => {
  const encode = () => [];
  const tokenizer = {
    encode,
    encodeContinuation: encode,
    decode: String,
    renderChat: String,
    textStart: [9],
    endOfTurn: undefined,
  };
  const prompt = [7, 8, 30];
  const [sums] = await offTarget({ ...model, tokenizer }, [[9, 1, 2, 5]], {
    treatment: { ...noTreatment, prompt },
  });
  const item = { id: 'a', promptIds: [9, ...prompt], optionIds: [[1, 2, 5]], label: 0 };
  const [[score = 0] = []] = await scoreOptions(model, [item]);
  expect(sums?.tokens).toBe(3);
  expect(sums?.nll).toBeCloseTo(-score, 4);
});

test('the base model’s logits are computed once, and every treatment pays for them', async () => {
  using prefixes = new PrefixCache({ maxBytes: 2 ** 24 });
  const treatment = inTheMiddle();
  const spent = async () => {
    const meter = computeMeter();
    await offTarget(model, windows, { treatment, prefixes, meter });
    return totalFlops(meter);
  };
  const first = await spent();
  const [held, before] = [prefixes.bytes, tf.memory().numTensors];
  expect(held).toBeGreaterThan(logitBytes);
  expect(await spent()).toBe(first);
  expect(prefixes.bytes).toBe(held);
  expect(tf.memory().numTensors).toBe(before);
});

test('logits that would take most of the room are computed anew', async () => {
  using small = new PrefixCache({ maxBytes: 2 ** 16 });
  using large = new PrefixCache({ maxBytes: 2 ** 24 });
  const treatment = inTheMiddle();
  const plain = await offTarget(model, windows, { treatment });
  expect(await offTarget(model, windows, { treatment, prefixes: small })).toEqual(plain);
  expect(await offTarget(model, windows, { treatment, prefixes: large })).toEqual(plain);
  expect(large.bytes - small.bytes).toBe(logitBytes);
});

test('KL is positive under a treatment, and a prefix cache or smaller batches change no window’s sums', async () => {
  using prefixes = new PrefixCache({ maxBytes: 2 ** 20 });
  const treatment = inTheMiddle();
  const plain = await offTarget(model, windows, { treatment });
  for (const { kl } of plain) expect(kl).toBeGreaterThan(0);
  expect(await offTarget(model, windows, { treatment, prefixes })).toEqual(plain);
  expect(await offTarget(model, windows, { treatment, prefixes })).toEqual(plain);
  const apart = await offTarget(model, windows, { treatment, maxTokens: 30 });
  // Other batch shapes group the same float32 sums in another way.
  expect(
    relativeError(
      apart.map(({ kl }) => kl),
      plain.map(({ kl }) => kl),
    ),
  ).toBeLessThan(1e-4);
  disposeTreatment(treatment);
});

test('no windows give no sums, and a window without a scored token is refused', async () => {
  expect(await offTarget(model, [])).toEqual([]);
  await expect(offTarget(model, [[1, 2], [3]])).rejects.toThrow(
    /window 1 has 1 tokens, expected at least two/,
  );
});

test('windows cut passages in reading order up to the number of tokens asked for', () => {
  const encode = (text: string) => [...text].map(Number);
  const tokenizer = {
    encode,
    encodeContinuation: encode,
    decode: String,
    renderChat: String,
    textStart: [],
    endOfTurn: undefined,
  };
  const cut = (tokens: number) =>
    offTargetWindows(tokenizer, ['1234567', '8', '90123'], { tokens, windowTokens: 3 });
  expect(cut(9)).toEqual([
    [1, 2, 3],
    [4, 5, 6],
    [9, 0, 1],
  ]);
  expect(cut(8)).toEqual([
    [1, 2, 3],
    [4, 5, 6],
    [9, 0],
  ]);
  expect(cut(11)).toHaveLength(4);
  expect(() => cut(14)).toThrow(/has 11 tokens, expected 14/);
});

test('a passage that holds what stands before every text has it once, as one that does not', () => {
  const tokenizer = tokenizerFrom({
    ...sentencePieceSource(undefined, '{{ bos_token }}[{{ messages[0].content }}]'),
    textStart: [1],
  });
  const chat = tokenizer.renderChat([{ role: 'user', content: 'Hello yes yes' }]);
  const windows = offTargetWindows(tokenizer, [chat], { tokens: 6, windowTokens: 4 });
  const words = tokenizer.encode('[Hello yes yes]');
  expect(windows).toEqual([
    [1, ...words.slice(0, 3)],
    [1, ...words.slice(3, 4)],
  ]);
  expect(offTargetWindows(tokenizer, ['[Hello yes yes]'], { tokens: 6, windowTokens: 4 })).toEqual(windows);
});

/** log p of every token after each position but the last, in float64. */
function logProbabilities(treatment: Treatment, window: readonly number[]): number[][] {
  let rows: number[][] = [];
  tf.tidy(() => {
    const batch = textBatch([window]);
    const count = computeMeter().forward;
    const hidden = decode(treat(model, treatment), batch, batchTensors(batch, model.config), { count });
    rows = logitsAt(
      model,
      hidden,
      window.slice(1).map((_, i) => i),
      count,
    ).arraySync();
  });
  return rows.map((logits) => {
    const largest = Math.max(...logits);
    const normaliser = largest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
    return logits.map((logit) => logit - normaliser);
  });
}
