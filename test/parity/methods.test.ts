import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type ContrastPair, contrastReader, differences } from '../../methods/contrasts.js';
import { meanOf } from '../../methods/steering/along.js';
import { probeWeights } from '../../methods/steering/logistic-probe.js';
import { firstComponent } from '../../methods/steering/principal-component.js';
import { textBatch, trainingBatch } from '../../models/batch.js';
import { computeMeter } from '../../models/compute-meter.js';
import { controlVectorBytes } from '../../models/interchange/control-vector.js';
import { writePeftAdapter } from '../../models/interchange/write-peft-adapter.js';
import type { LanguageModel } from '../../models/language-model.js';
import { PrefixCache } from '../../models/prefix-cache.js';
import { scoreOptions } from '../../models/scoring.js';
import { tf } from '../../models/tensorflow.js';
import { lossAndGradients } from '../../models/training/loss-and-gradients.js';
import { batchTensors } from '../../models/transformer/batch-tensors.js';
import { decode } from '../../models/transformer/decoder.js';
import { logitsAt } from '../../models/transformer/head.js';
import { intervene } from '../../models/transformer/interventions.js';
import { treat } from '../../models/treated-model.js';
import { compose, disposeTreatment, type Treatment } from '../../models/treatment.js';
import {
  adapting,
  fixture,
  randomIds,
  randomLora,
  randomVector,
  relativeError,
  seeded,
  steering,
  tinyModel,
  valuesOf,
} from '../models/fixtures.js';
import { methodsPython, runMethods, wantsMethods } from '../python/environment.js';
import { namedTensors, readGoldens, treatmentOf } from './python-goldens.js';

// Both sides compute in float32, in different orders.
const TOLERANCE = 1e-4;
const COSINE = 0.9999;
const MAKING_THE_ENVIRONMENT_MS = 1_800_000;
const skipped = 'skipped unless CROSSOVER_PYTHON_METHODS=1; it makes an environment of 6.3 GB with PyTorch';

let model: LanguageModel;
const folder = mkdtempSync(join(tmpdir(), 'crossover-methods-'));
beforeAll(async () => {
  model = await tinyModel();
});
afterAll(() => {
  model[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

describe('methods as the Python libraries have them, by stored numbers', () => {
  sameAs(() => readGoldens(fixture('methods')));
});

describe.skipIf(!wantsMethods)(`methods as the Python libraries have them (${skipped})`, () => {
  beforeAll(async () => {
    await methodsPython();
    await runMethods('method_goldens.py', fixture('tiny-llama'), folder, '1');
  }, MAKING_THE_ENVIRONMENT_MS);

  describe('on fresh numbers', () => sameAs(() => readGoldens(folder)));

  test('LoRA pairs written for PEFT give the same logits there, whatever their ranks and scales', async () => {
    const random = seeded(21);
    const pair = (layer: number, target: 'q_proj' | 'down_proj', rank: number, scale: number) => ({
      ...randomLora(model, { layer, target, rank }, random),
      scale,
    });
    const treatment = adapting(
      pair(0, 'q_proj', 2, 0.7),
      pair(1, 'down_proj', 5, 0.3),
      pair(2, 'q_proj', 2, 0.5),
      pair(2, 'q_proj', 3, -0.5),
    );
    const path = join(folder, 'adapter');
    await writePeftAdapter(treatment, { base: 'tiny-llama', folder: path });
    await expectSameLogits(treatment, ['--adapter', path]);
  });

  test('vectors written as GGUF are read by gguf, and give the same logits in steering-vectors', async () => {
    const at = (layer: number, coefficient: number) =>
      steering({ layer, coefficient, positions: 'all', vector: randomVector(48, seeded(layer)) });
    const treatment = compose(at(1, 1.4), at(2, -0.6));
    const path = join(folder, 'vector.gguf');
    writeFileSync(path, controlVectorBytes(treatment, { modelHint: 'llama' }));
    await expectSameLogits(treatment, ['--vector', path]);
  });
});

async function expectSameLogits(treatment: Treatment, how: [string, string]): Promise<void> {
  const ids = randomIds(seeded(7), 12);
  const printed = await runMethods('foreign_logits.py', fixture('tiny-llama'), ids.join(), ...how);
  const expected = z.array(z.array(z.number())).parse(printed);
  const found = tf.tidy(() => {
    const batch = textBatch([ids]);
    const count = computeMeter().forward;
    const hidden = decode(treat(model, treatment), batch, batchTensors(batch, model.config), { count });
    return valuesOf(logitsAt(model, hidden, [...ids.keys()], count));
  });
  expect(relativeError(found, expected.flat())).toBeLessThan(TOLERANCE);
  disposeTreatment(treatment);
}

function sameAs(goldens: () => ReturnType<typeof readGoldens>): void {
  test('activations at the last option token are those that steering-vectors records', async () => {
    for (const { layer, items, right, wrong } of goldens().directions) {
      const prefixes = new PrefixCache({ maxBytes: 2 ** 24 });
      const { byLayer } = await contrastReader({ model, prefixes }).read(items, { layers: [layer] });
      const pairs = byLayer.get(layer) ?? [];
      expect(pairs).toHaveLength(items.length);
      for (const [index, pair] of pairs.entries()) {
        expect(relativeError([...pair.right], right[index] ?? [])).toBeLessThan(TOLERANCE);
        expect(relativeError([...pair.wrong], wrong[index] ?? [])).toBeLessThan(TOLERANCE);
      }
      prefixes[Symbol.dispose]();
    }
  });

  test('the mean difference is steering-vectors’ mean aggregator', () => {
    for (const golden of goldens().directions)
      expect(relativeError([...meanOf(differences(pairsOf(golden)))], golden.meanAggregator)).toBeLessThan(
        TOLERANCE,
      );
  });

  test('the principal component by pairs is steering-vectors’ PCA aggregator', () => {
    for (const golden of goldens().directions)
      expect(cosine(firstComponent(pairsOf(golden), 'pair'), golden.pcaAggregator)).toBeGreaterThan(COSINE);
  });

  test('the principal component about the mean is scikit-learn’s PCA of the differences, whose sign is arbitrary', () => {
    for (const golden of goldens().directions)
      expect(Math.abs(cosine(firstComponent(pairsOf(golden), 'mean'), golden.sklearnPca))).toBeGreaterThan(
        COSINE,
      );
  });

  test('the probe’s weights are those of scikit-learn’s logistic regression', () => {
    for (const golden of goldens().directions)
      expect(relativeError([...probeWeights(pairsOf(golden), 1)], golden.sklearnLogistic)).toBeLessThan(
        TOLERANCE,
      );
  });

  test('on pairs less their midpoints the probe is steering-vectors’ logistic aggregator', () => {
    for (const golden of goldens().directions) {
      const centred = differences(pairsOf(golden)).map((difference) => ({
        right: difference.map((value) => value / 2),
        wrong: difference.map((value) => -value / 2),
      }));
      expect(cosine(probeWeights(centred, 1), golden.logisticAggregator)).toBeGreaterThan(COSINE);
    }
  });

  test('steered option log-probabilities are those under steering-vectors’ patch', async () => {
    for (const { name, treatment: described, items, logprobs } of goldens().steered) {
      const treatment = treatmentOf(described);
      const scores = await scoreOptions(model, items, { treatment });
      expect(relativeError(scores.flat(), logprobs), name).toBeLessThan(TOLERANCE);
      disposeTreatment(treatment);
    }
  });

  test('LoReFT and DiReFT change representations as pyreft’s interventions do', () => {
    for (const { kind, treatment: described, h, output } of goldens().edits) {
      const treatment = treatmentOf(described);
      const found = tf.tidy(() => {
        const batch = batchTensors(textBatch([h.map((_, id) => id)]), model.config);
        return valuesOf(
          intervene(tf.tensor2d(h), 1, treatment.interventions, { batch, count: computeMeter().forward }),
        );
      });
      expect(relativeError(found, output.flat()), kind).toBeLessThan(TOLERANCE);
      disposeTreatment(treatment);
    }
  });

  test('losses and gradients are those of PyTorch’s autograd, LoRA’s those of PEFT', () => {
    const { items, cases } = goldens().gradients;
    for (const { name, treatment: described, loss, gradients: expected } of cases) {
      const treatment = treatmentOf(described);
      const tensors = namedTensors(treatment);
      expect([...tensors.keys()].sort()).toEqual(Object.keys(expected).sort());
      const found = lossAndGradients(model, trainingBatch(items), {
        treatment,
        wanted: [...tensors.values()],
      });
      expect(relativeError([found.loss], [loss]), name).toBeLessThan(TOLERANCE);
      for (const [index, key] of [...tensors.keys()].entries()) {
        const gradient = found.gradients[index];
        if (gradient === undefined) throw new Error(`${name}: no gradient of ${key}`);
        expect(relativeError(valuesOf(gradient), expected[key] ?? []), `${name}: ${key}`).toBeLessThan(
          TOLERANCE,
        );
      }
      tf.dispose(found.gradients);
      disposeTreatment(treatment);
    }
  });
}

function pairsOf({ right, wrong }: { right: number[][]; wrong: number[][] }): ContrastPair[] {
  return right.map((row, index) => ({
    right: Float32Array.from(row),
    wrong: Float32Array.from(wrong[index] ?? []),
  }));
}

function cosine(a: ArrayLike<number>, b: readonly number[]): number {
  const dot = b.reduce((sum, value, c) => sum + value * (a[c] ?? Number.NaN), 0);
  return dot / (Math.hypot(...Array.from(a)) * Math.hypot(...b));
}
