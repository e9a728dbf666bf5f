import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TrainingBatch, textBatch } from '../../models/batch.js';
import { computeMeter } from '../../models/compute-meter.js';
import { gptNeox } from '../../models/families/gpt-neox.js';
import type { LanguageModel } from '../../models/language-model.js';
import { finalNorm } from '../../models/model-norm.js';
import { tf } from '../../models/tensorflow.js';
import { AdamW } from '../../models/training/adamw.js';
import { lossAndGradients } from '../../models/training/loss-and-gradients.js';
import { batchTensors } from '../../models/transformer/batch-tensors.js';
import { decode } from '../../models/transformer/decoder.js';
import { logitsAt } from '../../models/transformer/head.js';
import { normalised } from '../../models/transformer/norm.js';
import { treat } from '../../models/treated-model.js';
import { noTreatment } from '../../models/treatment.js';
import { relativeError, tinyGolden, tinyModel, tinyModels, valuesOf } from '../models/fixtures.js';

// Both sides compute in float32, in different orders; the stored numbers carry 6 decimals, hidden states 4.
const TOLERANCE = 1e-4;
const HALF_DIGIT = 5e-5;

describe.each(tinyModels)('%s equals PyTorch', (name) => {
  const golden = tinyGolden(name);
  const { train } = golden;
  let model: LanguageModel;
  beforeAll(async () => {
    model = await tinyModel(name);
  });
  afterAll(() => model[Symbol.dispose]());

  test('logits of both rows, the shorter one padded', () => {
    tf.tidy(() => {
      const { batch, hidden } = states(model, golden.ids);
      golden.ids.forEach((ids, row) => {
        const start = row * batch.width;
        const logits = logitsAt(
          model,
          hidden,
          ids.map((_, i) => start + i),
          computeMeter().forward,
        );
        const last = valuesOf(tf.slice(logits, [ids.length - 1, 0], [1, -1]));
        expect(relativeError(last, golden.logits_last[row] ?? [])).toBeLessThan(TOLERANCE);
        const sum = valuesOf(logits).reduce((total, value) => total + Math.abs(value), 0);
        expect(relativeError([sum], [golden.logits_sum_abs[row] ?? 0])).toBeLessThan(TOLERANCE);
      });
    });
  });

  test('hidden states of every layer at the last token', () => {
    tf.tidy(() => {
      const { batch, outputs } = states(model, golden.ids);
      golden.ids.forEach((ids, row) => {
        const position = row * batch.width + ids.length - 1;
        golden.hidden_last[row]?.forEach((expected, k) => {
          const layer = outputs[k];
          if (layer === undefined) throw new Error(`no output of layer ${k}`);
          const rounding = HALF_DIGIT / Math.max(...expected.map(Math.abs));
          expect(relativeError(valuesOf(tf.slice(layer, [position, 0], [1, 8])), expected)).toBeLessThan(
            TOLERANCE + rounding,
          );
        });
      });
    });
  });

  test('loss and the norm of every parameter’s gradient', () => {
    const names = [...model.weights.keys()];
    const wanted = [...model.weights.values()];
    const { loss, gradients } = lossAndGradients(model, firstRow(golden.ids, train.labels_from), { wanted });
    expect(relativeError([loss], [train.loss])).toBeLessThan(TOLERANCE);
    const found = new Map<string, number[]>();
    gradients.forEach((gradient, i) => {
      const stored = storedName(names[i] ?? '', model);
      found.set(stored, [...(found.get(stored) ?? []), ...valuesOf(gradient)]);
    });
    expect([...found.keys()].sort()).toEqual(Object.keys(train.grad_norms).sort());
    for (const [stored, values] of found) {
      expect(relativeError([Math.hypot(...values)], [train.grad_norms[stored] ?? 0])).toBeLessThan(TOLERANCE);
    }
    tf.dispose(gradients);
  });

  test('the losses of three AdamW steps on all parameters', () => {
    const { lr: learningRate, weight_decay: weightDecay, betas, eps: epsilon, losses } = train.adamw;
    const weights = new Map([...model.weights].map(([key, value]) => [key, tf.variable(value)]));
    const trained = { ...model, weights };
    const wanted = [...weights.values()];
    using optimizer = new AdamW(wanted, {
      learningRate,
      weightDecay,
      epsilon,
      beta1: betas[0],
      beta2: betas[1],
    });
    const found = losses.map(() => {
      const { loss, gradients } = lossAndGradients(trained, firstRow(golden.ids, train.labels_from), {
        wanted,
      });
      optimizer.step(gradients);
      return loss;
    });
    tf.dispose(wanted);
    found.forEach((loss, step) => {
      expect(relativeError([loss], [losses[step] ?? 0])).toBeLessThan(TOLERANCE);
    });
  });
});

/** Outputs as Hugging Face numbers them: 0 the embedding, k block k − 1, the last one after the final norm. */
function states(model: LanguageModel, rows: readonly number[][]) {
  const batch = textBatch(rows);
  const tensors = batchTensors(batch, model.config);
  const nothing = { ...treat(model, noTreatment), firstTouched: 0 };
  const outputs = [decode(nothing, batch, tensors, { count: computeMeter().forward, until: 0 })];
  const hidden = decode(treat(model, noTreatment), batch, tensors, {
    count: computeMeter().forward,
    onOutput: (_, output) => outputs.push(tf.clone(output)),
  });
  const normed = normalised(hidden, finalNorm(model)).output;
  return { batch, hidden, outputs: [...outputs.slice(0, -1), normed] };
}

function firstRow(ids: readonly number[][], labelsFrom: number): TrainingBatch {
  const batch = textBatch(ids.slice(0, 1));
  // `labels_from` is the first token that is predicted, so its target stands one position before it.
  return { ...batch, targets: batch.targets.map((target, i) => (i + 1 < labelsFrom ? -1 : target)) };
}

/** The name of a weight in the checkpoint; queries, keys and values may share one there. */
function storedName(name: string, { config }: LanguageModel): string {
  if (config.architecture !== 'gpt-neox') return name;
  // The output projection's name in PyTorch is another than in its files.
  return name === 'lm_head.weight' ? name : (gptNeox.stored?.(name, config).name ?? name);
}
