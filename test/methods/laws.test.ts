import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { methods } from '../../methods/catalog.js';
import type { Fitted, Method } from '../../methods/method.js';
import { likelihoodStep, parameterLike, type Step } from '../../methods/training.js';
import { trainingBatch } from '../../models/batch.js';
import type { LanguageModel } from '../../models/language-model.js';
import { scoreOptions } from '../../models/scoring.js';
import { tf } from '../../models/tensorflow.js';
import { lossAndGradients } from '../../models/training/loss-and-gradients.js';
import {
  compose,
  disposeTreatment,
  mapTensors,
  noTreatment,
  type Treatment,
  treatmentTensors,
} from '../../models/treatment.js';
import { treatmentFromSafetensors, treatmentToSafetensors } from '../../models/treatment-file.js';
import { randomItems, seeded, tinyModel } from '../models/fixtures.js';
import { testBench } from './bench.js';
import { nameOf, type Row, rows, withParts } from './table.js';

let model: LanguageModel;
beforeAll(async () => {
  model = await tinyModel();
});
afterAll(() => model[Symbol.dispose]());

const train = randomItems(6, 5);
const validation = randomItems(5, 6);
const asked = randomItems(7, 7);
const score = (treatment: Treatment, how = {}) => scoreOptions(model, asked, { treatment, ...how });

test('every method has a row, and every row a method', () => {
  expect(Object.keys(rows).sort()).toEqual(methods.map(nameOf).sort());
  // Doing nothing must be the base model: shown by a trained method's starts, by others with options that ask for nothing.
  const unshown = methods.filter((method) => {
    const isSteeringOrTuning = method.kind === 'steer' || method.kind === 'finetune';
    return isSteeringOrTuning && method.starts === undefined && rows[nameOf(method)]?.nothing === undefined;
  });
  expect(unshown.map(nameOf)).toEqual([]);
});

test('by default every method tries eight candidates, so that stages that say nothing are comparable', () => {
  const trials = methods.map((method) => [nameOf(method), method.trials(method.options.parse({}))]);
  expect(trials.filter(([, count]) => count !== 0 && count !== 8)).toEqual([]);
});

describe.each(methods.map((method): [string, Method] => [nameOf(method), method]))('%s', (name, method) => {
  const row: Row = rows[name] ?? { options: {} };
  const options = method.options.parse(row.options);
  const made = (given: unknown = options): Promise<Fitted> => {
    const bench = testBench(model, { validation });
    return method.fit(withParts(bench, train, row), train, given);
  };
  let fitted: Fitted;
  let scores: number[][];
  beforeAll(async () => {
    fitted = await made();
    scores = await score(fitted.treatment);
  });
  afterAll(() => disposeTreatment(fitted.treatment));

  test('changes the model, and says what it cost', async () => {
    expect(scores).not.toEqual(await score(noTreatment));
    const { method: own, search } = fitted.flops;
    expect(search.flops).toBeGreaterThan(search.backward);
    if (method.kind !== 'prompt') expect(own.flops).toBeGreaterThan(own.backward);
    if (method.starts) expect(own.backward).toBeGreaterThan(0);
  });

  test('judges as many candidates as it says and chooses one, in each of its searches', () => {
    const chosen = fitted.trials.filter((trial) => trial.chosen);
    expect(fitted.trials.map(({ trial }) => trial)).toEqual([...fitted.trials.keys()]);
    const { parts } = withParts(testBench(model, { validation }), train, row);
    expect(fitted.trials).toHaveLength(method.trials(options, parts));
    // A combination of searches that follow one another has none of its own.
    expect(chosen).toHaveLength(method.trials(options) === 0 ? 2 : 1);
    const [best] = fitted.trials.toSorted(
      (a, b) => Number(b.score) - Number(a.score) || Number(b.margin) - Number(a.margin) || a.trial - b.trial,
    );
    if (chosen.length === 1) expect(chosen).toEqual([best]);
    // A table has the choices of both parts of a combination as one record.
    const names = chosen.flatMap(({ setting }) => Object.keys(setting));
    expect(names).toHaveLength(new Set(names).size);
  });

  test('is on validation as good as the search that chose it has seen', async () => {
    const { examine } = testBench(model, { validation });
    const judged = await examine(model, validation, { treatment: fitted.treatment });
    const chosen = fitted.trials.findLast((trial) => trial.chosen);
    expect(chosen?.score).toBe(judged.filter(({ correct }) => correct).length / validation.length);
    const margin = judged.reduce((sum, item) => sum + item.margin, 0) / validation.length;
    expect(chosen?.margin).toBeCloseTo(margin, 4);
  });

  test('gives the same bytes from the same seed', async () => {
    const again = await made();
    expect(Buffer.from(treatmentToSafetensors(again.treatment))).toEqual(
      Buffer.from(treatmentToSafetensors(fitted.treatment)),
    );
    expect({ ...again, treatment: 0 }).toEqual({ ...fitted, treatment: 0 });
    disposeTreatment(again.treatment);
  });

  test('leaves no tensor behind but its result', async () => {
    disposeTreatment((await made()).treatment);
    const before = tf.memory().numTensors;
    const bench = testBench(model, { validation });
    disposeTreatment((await method.fit(withParts(bench, train, row), train, options)).treatment);
    bench.prefixes[Symbol.dispose]();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('is the same after it was saved and loaded', async () => {
    const loaded = treatmentFromSafetensors(treatmentToSafetensors(fitted.treatment), 'saved');
    expect(await score(loaded)).toEqual(scores);
    disposeTreatment(loaded);
  });

  test('composed with nothing is itself', async () => {
    expect(await score(compose(fitted.treatment, noTreatment))).toEqual(scores);
    expect(await score(compose(noTreatment, fitted.treatment))).toEqual(scores);
  });

  test('does not depend on padding or on what else is in a batch', async () => {
    for (const [index, item] of asked.entries()) {
      const [alone] = await scoreOptions(model, [item], { treatment: fitted.treatment });
      expect(alone).toHaveLength(scores[index]?.length ?? 0);
      for (const [option, value] of (alone ?? []).entries())
        expect(value).toBeCloseTo(scores[index]?.[option] ?? Number.NaN, 4);
    }
  });

  test('is the same merged, as scoring has it, and apart, as training has it', () => {
    const { prompt = [] } = fitted.treatment;
    const items = asked.map((item) => ({ ...item, promptIds: [...prompt, ...item.promptIds] }));
    const { loss, tokens } = lossAndGradients(model, trainingBatch(items), {
      treatment: fitted.treatment,
      wanted: [],
    });
    const right = asked.reduce((sum, { label }, index) => sum + (scores[index]?.[label] ?? 0), 0);
    expect(loss).toBeCloseTo(-right / tokens, 4);
  });

  test.runIf(row.nothing)('of strength 0 is the base model, to the last bit', async () => {
    const { treatment } = await made(method.options.parse(row.nothing));
    expect(await score(treatment)).toEqual(await score(noTreatment));
    disposeTreatment(treatment);
  });

  describe.runIf(method.starts)('as something that is trained', () => {
    const starts = () => method.starts?.(testBench(model, { validation }), options) ?? [];

    test('has as many starts as it says', () => {
      expect(starts()).toHaveLength(method.startCount?.(options) ?? 0);
    });

    test('starts as the base model, to the last bit', async () => {
      for (const { fresh } of starts()) {
        const treatment = fresh();
        expect(await score(treatment)).toEqual(await score(noTreatment));
        disposeTreatment(treatment);
      }
    });

    test('has the gradient that finite differences give', async () => {
      const bench = testBench(model, { validation });
      const { stepOf = likelihoodStep } = (await method.steps?.(bench, train, options)) ?? {};
      for (const { fresh } of starts()) checkGradient(moved(fresh()), stepOf(train, 0));
    });
  });
});

/** Away from the start, where half of the gradients are zero. */
function moved(treatment: Treatment): Treatment {
  const random = seeded(3);
  const noisy = mapTensors(treatment, (tensor) =>
    tf.tidy(() => {
      const noise = Float32Array.from({ length: tensor.size }, () => 0.2 * (random() - 0.5));
      return parameterLike(tf.add(tensor, tf.tensor(noise, tensor.shape)));
    }),
  );
  disposeTreatment(treatment);
  return noisy;
}

/** Along a random direction in all parameters at once: (L(p + εd) − L(p − εd)) / 2ε against ⟨gradient, d⟩. */
function checkGradient(treatment: Treatment, { batch, objective }: Step): void {
  const wanted = treatmentTensors(treatment);
  const random = seeded(4);
  const directions = wanted.map((tensor) =>
    tf.tensor(
      Float32Array.from({ length: tensor.size }, () => random() - 0.5),
      tensor.shape,
    ),
  );
  const { gradients } = lossAndGradients(model, batch, { treatment, objective, wanted });
  const slope = gradients.reduce(
    (sum, gradient, i) =>
      sum + tf.tidy(() => tf.sum(tf.mul(gradient, directions[i] ?? gradient)).dataSync()[0] ?? Number.NaN),
    0,
  );
  const length = Math.sqrt(
    gradients.reduce(
      (sum, gradient) => sum + tf.tidy(() => tf.sum(tf.square(gradient)).dataSync()[0] ?? 0),
      0,
    ),
  );
  const epsilon = 2e-3;
  const lossAt = (distance: number) => {
    let index = 0;
    const there = mapTensors(treatment, (tensor) => {
      const direction = directions[index++];
      return tf.tidy(() => tf.add(tensor, tf.mul(direction ?? tensor, distance)));
    });
    const { loss } = lossAndGradients(model, batch, { treatment: there, objective, wanted: [] });
    disposeTreatment(there);
    return loss;
  };
  const difference = (lossAt(epsilon) - lossAt(-epsilon)) / (2 * epsilon);
  expect(length).toBeGreaterThan(0);
  // A float32 loss of about 5 has steps of 5e-7; over 2ε that is an error of about 3e-4.
  expect(Math.abs(difference - slope)).toBeLessThan(2e-3 + 0.01 * Math.abs(slope));
  tf.dispose([...gradients, ...directions]);
  disposeTreatment(treatment);
}
