import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Tensor } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TrainingBatch, trainingBatch } from '../../models/batch.js';
import { computeMeter, totalFlops } from '../../models/compute-meter.js';
import type { LanguageModel } from '../../models/language-model.js';
import { PrefixCache } from '../../models/prefix-cache.js';
import { scoreOptions } from '../../models/scoring.js';
import { tf } from '../../models/tensorflow.js';
import { AdamW } from '../../models/training/adamw.js';
import { lossAndGradients } from '../../models/training/loss-and-gradients.js';
import { RowStates } from '../../models/training/row-states.js';
import { meanLikelihood, type Objective } from '../../models/transformer/head-loss.js';
import { compose, disposeTreatment, type Treatment, treatmentTensors } from '../../models/treatment.js';
import { LinearTarget } from '../../schemas/treatment.js';
import {
  adapting,
  randomItems,
  randomLora,
  randomVector,
  relativeError,
  seeded,
  steering,
  tinyModel,
  valuesOf,
} from './fixtures.js';
import { trainable, trainedDigest } from './training-run.js';

let model: LanguageModel;
let treatment: Treatment;
const items = randomItems(5);
const batch = trainingBatch(items);

beforeAll(async () => {
  model = await tinyModel();
  const random = seeded(11);
  treatment = trainable(
    compose(
      ...(['all', 'after-prompt', 'last'] as const).map((positions, layer) =>
        steering({ layer, coefficient: 0.7, positions, vector: randomVector(48, random) }),
      ),
      adapting(...LinearTarget.options.map((target) => randomLora(model, { layer: 1, target }, random))),
    ),
  );
});
afterAll(() => {
  disposeTreatment(treatment);
  model[Symbol.dispose]();
});

test('the loss is the mean negative log-likelihood that scoring gives the right options', async () => {
  const { loss, tokens, gradients } = lossAndGradients(model, batch, { treatment, wanted: [] });
  const scores = await scoreOptions(model, items, { treatment });
  const answers = items.map(({ optionIds, label }) => optionIds[label]?.length ?? 0);
  expect(gradients).toEqual([]);
  expect(tokens).toBe(answers.reduce((sum, length) => sum + length, 0));
  const total = scores.reduce((sum, options, i) => sum + (options[items[i]?.label ?? 0] ?? 0), 0);
  // Merged against separate adapters, other batches: a few units in the last place of float32.
  expect(relativeError([loss], [-total / tokens])).toBeLessThan(1e-5);
});

describe('gradients agree with central differences of the loss', () => {
  test.each(LinearTarget.options.flatMap((target) => [`${target} a`, `${target} b`]))(
    'of LoRA on %s',
    (name) => {
      const [target, factor] = name.split(' ');
      const delta = treatment.weightDeltas
        .filter((candidate) => candidate.kind === 'lora')
        .find((candidate) => candidate.target === target);
      expectGradient(model, factor === 'a' ? delta?.a : delta?.b);
    },
  );

  test.each([0, 1, 2])('of intervention vector %i', (index) => {
    const part = treatment.interventions[index];
    expectGradient(model, part?.kind === 'add' ? part.vector : undefined);
  });

  test.each([
    'model.embed_tokens.weight',
    'model.layers.0.input_layernorm.weight',
    'model.layers.1.self_attn.q_proj.weight',
    'model.layers.1.self_attn.k_proj.weight',
    'model.layers.1.self_attn.v_proj.weight',
    'model.layers.1.self_attn.o_proj.weight',
    'model.layers.1.post_attention_layernorm.weight',
    'model.layers.1.mlp.gate_proj.weight',
    'model.layers.1.mlp.up_proj.weight',
    'model.layers.1.mlp.down_proj.weight',
    'model.norm.weight',
  ])('of %s', (name) => {
    const weights = new Map(model.weights);
    const variable = tf.variable(weights.get(name) ?? tf.scalar(0));
    weights.set(name, variable);
    expectGradient({ ...model, weights }, variable);
    variable.dispose();
  });
});

/** The mean likelihood of the targets, asking at every other position too without caring for the answer. */
function askingEverywhere(asked: TrainingBatch): Objective {
  const { queries, judge } = meanLikelihood(asked);
  const places = new Set(queries.map(({ position }) => position));
  const others = [...asked.ids.keys()].filter((position) => !places.has(position));
  return {
    queries: [...queries, ...others.map((position) => ({ position, target: 0 }))],
    judge(losses) {
      const { loss, slopes } = judge(losses.subarray(0, queries.length));
      return { loss, slopes: Float32Array.from(losses, (_, i) => slopes[i] ?? 0) };
    },
  };
}

describe('work that is left out', () => {
  test('a prefix cache changes no bit of loss and gradients', () => {
    using prefixes = new PrefixCache({ maxBytes: 2 ** 20 });
    const upper = { ...treatment, interventions: [], weightDeltas: treatment.weightDeltas };
    const wanted = treatmentTensors(upper);
    const [whole, first, second] = [undefined, prefixes, prefixes].map((cache) => {
      const meter = computeMeter();
      const result = lossAndGradients(model, batch, {
        treatment: upper,
        wanted,
        meter,
        ...(cache && { prefixes: cache }),
      });
      return { loss: result.loss, gradients: taken(result.gradients), flops: meter.forward.flops };
    });
    expect(first?.loss).toBe(whole?.loss);
    expect(second?.loss).toBe(whole?.loss);
    expect(second?.gradients).toEqual(whole?.gradients);
    expect(second?.flops).toBe(whole?.flops);
  });

  test('the backward pass does not go below the lowest wanted tensor', () => {
    const backwardFlops = [0, 1, 2].map((layer) => {
      const vector = randomVector(48, seeded(1));
      const meter = computeMeter();
      const steered = steering({ layer, coefficient: 1, positions: 'all', vector });
      const options = { treatment: steered, wanted: [vector], meter, objective: askingEverywhere(batch) };
      tf.dispose(lossAndGradients(model, batch, options).gradients);
      vector.dispose();
      return meter.backward.flops;
    });
    const [two = 0, one = 0, none = 0] = backwardFlops;
    expect(two - one).toBe(one - none);
    expect(one).toBeGreaterThan(none);
  });

  test('what the last block computes at positions nobody asks about changes neither loss nor gradients', () => {
    const wanted = treatmentTensors(treatment);
    const [few, all] = [meanLikelihood(batch), askingEverywhere(batch)].map((objective) => {
      const meter = computeMeter();
      const { loss, gradients } = lossAndGradients(model, batch, { treatment, wanted, objective, meter });
      return { loss, gradients: taken(gradients), flops: totalFlops(meter) };
    });
    // Rows of a product are the same numbers, sums over more of them, zeros, may be grouped in another way.
    expect(relativeError([few?.loss ?? 0], [all?.loss ?? 1])).toBeLessThan(1e-6);
    all?.gradients.forEach((gradient, i) => {
      expect(relativeError(few?.gradients[i] ?? [], gradient)).toBeLessThan(1e-5);
    });
    expect(few?.flops).toBeLessThan(0.9 * (all?.flops ?? 0));
  });

  test('states put together from chunks of the examples give the loss and gradients of the batch itself', () => {
    const [examples, members] = [randomItems(20, 3), [1, 4, 17]];
    const chosen = trainingBatch(members.flatMap((member) => examples[member] ?? []));
    using upper = owned(trainable(adapting(randomLora(model, { layer: 2, target: 'q_proj' }, seeded(5)))));
    const wanted = treatmentTensors(upper.treatment);
    using prefixes = new PrefixCache({ maxBytes: 2 ** 24 });
    using states = new RowStates(model, examples, prefixes);
    const start = states.startOf(members, chosen.width);
    const [itself, together, again] = [undefined, start, start].map((known) => {
      const meter = computeMeter();
      const options = { treatment: upper.treatment, wanted, meter, start: known };
      const { loss, gradients } = lossAndGradients(model, chosen, options);
      return { loss, gradients: taken(gradients), flops: meter.forward.flops };
    });
    // Other batches, other grouping of sums: a few units in the last place of float32.
    expect(relativeError([together?.loss ?? 0], [itself?.loss ?? 1])).toBeLessThan(1e-5);
    together?.gradients.forEach((gradient, i) => {
      expect(relativeError(gradient, itself?.gradients[i] ?? [])).toBeLessThan(1e-4);
    });
    expect(again?.loss).toBe(together?.loss);
    expect(again?.gradients).toEqual(together?.gradients);
    expect(again?.flops).toBeLessThan(itself?.flops ?? 0);
  });

  test('padding changes no gradient', () => {
    const [item] = items;
    if (item === undefined) throw new Error('no item');
    const alone = trainingBatch([item]);
    const padded = withPadding(alone, 7);
    const wanted = treatmentTensors(treatment);
    const [a, b] = [alone, padded].map((each) =>
      taken(lossAndGradients(model, each, { treatment, wanted }).gradients),
    );
    // Sums over more, zero, addends may be grouped in another way.
    a?.forEach((gradient, i) => {
      expect(relativeError(b?.[i] ?? [], gradient)).toBeLessThan(1e-5);
    });
  });
});

describe('AdamW', () => {
  test('goes on from a saved state as if it had not stopped', () => {
    const gradients = () => [tf.tensor1d([0.1, -0.2, 0.3])];
    const [whole, stopped] = [tf.variable(tf.tensor1d([1, 2, 3])), tf.variable(tf.tensor1d([1, 2, 3]))];
    using undisturbed = new AdamW([whole], { learningRate: 0.1, weightDecay: 0.01 });
    using before = new AdamW([stopped], { learningRate: 0.1, weightDecay: 0.01 });
    for (let step = 0; step < 4; step++) undisturbed.step(gradients());
    for (let step = 0; step < 2; step++) before.step(gradients());
    expect(before.state().steps).toBe(2);
    using after = new AdamW([stopped], { learningRate: 0.1, weightDecay: 0.01, state: before.state() });
    for (let step = 0; step < 2; step++) after.step(gradients());
    expect(valuesOf(stopped)).toEqual(valuesOf(whole));
    tf.dispose([whole, stopped]);
  });

  test('refuses constants, missing gradients and a state of other shapes', () => {
    const [constant, variable] = [tf.tensor1d([1]), tf.variable(tf.tensor1d([1]))];
    expect(() => new AdamW([constant], { learningRate: 1 })).toThrow(
      /parameter 0 of shape \[1\] is a constant/,
    );
    using optimizer = new AdamW([variable], { learningRate: 1 });
    expect(() => optimizer.step([])).toThrow(/got 0 gradients, expected 1/);
    const state = { steps: 1, means: [{ shape: [2], values: new Float32Array(2) }], variances: [] };
    expect(() => new AdamW([variable], { learningRate: 1, state })).toThrow(
      /moment of shape \[2\], expected \[1\]/,
    );
    tf.dispose([constant, variable]);
  });
});

test('training lowers the loss of the right options', () => {
  using fresh = owned(
    trainable(adapting(randomLora(model, { layer: 2, target: 'v_proj', rank: 8 }, seeded(3)))),
  );
  const wanted = treatmentTensors(fresh.treatment);
  using optimizer = new AdamW(wanted, { learningRate: 3e-2 });
  const losses = Array.from({ length: 20 }, () => {
    const { loss, gradients } = lossAndGradients(model, batch, { treatment: fresh.treatment, wanted });
    optimizer.step(gradients);
    return loss;
  });
  expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 2);
});

test('the same seed gives the same bytes in fresh processes, another seed others', async () => {
  const script = fileURLToPath(new URL('training-run.ts', import.meta.url));
  const program = `import { runnerImport } from 'vite';
    const { module } = await runnerImport(${JSON.stringify(script)}, { oxc: { target: 'es2022' } });
    process.stdout.write(await module.trainedDigest(5));`;
  const run = () =>
    execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const [first, second] = [run(), run()];
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(second).toBe(first);
  expect(await trainedDigest(5)).toBe(first);
  expect(await trainedDigest(0)).not.toBe(first);
  // Two processes load TensorFlow anew, which takes long on a busy machine.
}, 180_000);

test('a wanted tensor that plays no part, and a batch without targets, are refused', () => {
  const stranger = tf.ones([2, 3]);
  expect(() => lossAndGradients(model, batch, { wanted: [stranger] })).toThrow(
    /wanted tensor 0 of shape \[2,3\] is neither/,
  );
  stranger.dispose();
  const unlabelled = { ...batch, targets: batch.targets.map(() => -1) };
  expect(() => lossAndGradients(model, unlabelled, { wanted: [] })).toThrow(/no target token/);
});

/**
 * Compares g·d with (L(x + h·d) − L(x − h·d)) / 2h for directions d that lean on the gradient g, so that the slope is
 * large. The loss carries about 1e-6 of rounding, divided by 2h = 0.02, and the difference's own error is of order h².
 */
function expectGradient(subject: LanguageModel, tensor: Tensor | undefined): void {
  if (!(tensor instanceof tf.Variable)) throw new Error('the tensor is not a variable');
  const loss = () => lossAndGradients(subject, batch, { treatment, wanted: [] }).loss;
  const [gradient = []] = taken(lossAndGradients(subject, batch, { treatment, wanted: [tensor] }).gradients);
  const before = tf.clone(tensor);
  const random = seeded(9);
  for (const _ of [1, 2]) {
    const noise = unitNoise(gradient.length, random);
    const leaning = unit(unit(gradient).map((value, i) => value + (noise[i] ?? 0)));
    const slope = gradient.reduce((sum, value, i) => sum + value * (leaning[i] ?? 0), 0);
    const direction = tf.tensor(leaning, tensor.shape);
    const [above, below] = [1e-2, -1e-2].map((h) => {
      tf.tidy(() => tensor.assign(tf.add(before, tf.mul(direction, h))));
      return loss();
    });
    tensor.assign(before);
    direction.dispose();
    expect(relativeError([((above ?? 0) - (below ?? 0)) / 2e-2], [slope])).toBeLessThan(5e-3);
  }
  before.dispose();
}

function unit(values: readonly number[]): number[] {
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
}

function unitNoise(length: number, random: () => number): number[] {
  return unit(Array.from({ length }, () => random() - 0.5));
}

function taken(gradients: Tensor[]): number[][] {
  const values = gradients.map(valuesOf);
  tf.dispose(gradients);
  return values;
}

function withPadding(batch: TrainingBatch, extra: number): TrainingBatch {
  const widened = (values: Int32Array, filler: number) =>
    Int32Array.of(...values, ...Array(extra).fill(filler));
  return {
    rows: 1,
    width: batch.width + extra,
    ids: widened(batch.ids, 3),
    positions: widened(batch.positions, 2),
    segments: widened(batch.segments, -1),
    targets: widened(batch.targets, -1),
  };
}

function owned(kept: Treatment): Disposable & { treatment: Treatment } {
  return { treatment: kept, [Symbol.dispose]: () => disposeTreatment(kept) };
}
