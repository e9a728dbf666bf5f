import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { controlVectorBytes, readControlVector } from '../../models/interchange/control-vector.js';
import { readPeftAdapter } from '../../models/interchange/read-peft-adapter.js';
import { readTreatment } from '../../models/interchange/read-treatment.js';
import { writePeftAdapter } from '../../models/interchange/write-peft-adapter.js';
import type { LanguageModel } from '../../models/language-model.js';
import { scoreOptions } from '../../models/scoring.js';
import { withStrength } from '../../models/strength.js';
import { tf } from '../../models/tensorflow.js';
import {
  compose,
  disposeTreatment,
  type LoraDelta,
  noTreatment,
  type Treatment,
} from '../../models/treatment.js';
import { treatmentToSafetensors } from '../../models/treatment-file.js';
import {
  adapting,
  fixture,
  randomItems,
  randomLora,
  randomVector,
  relativeError,
  seeded,
  steering,
  tinyModel,
  valuesOf,
} from './fixtures.js';

const folder = mkdtempSync(join(tmpdir(), 'crossover-interchange-'));
let model: LanguageModel;
beforeAll(async () => {
  model = await tinyModel();
});
afterAll(() => {
  model[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const items = randomItems(6);
const score = (treatment: Treatment) => scoreOptions(model, items, { treatment });
const vectorAt = (layer: number, coefficient = 1) =>
  steering({ layer, coefficient, positions: 'all', vector: randomVector(48, seeded(layer + 1)) });

describe('a PEFT adapter', () => {
  const written = async (treatment: Treatment, name: string) => {
    await writePeftAdapter(treatment, { base: 'tiny-llama', folder: join(folder, name) });
    return readPeftAdapter(join(folder, name));
  };
  const pairs = (...settings: [LoraDelta['layer'], LoraDelta['target'], number, number][]) => {
    const random = seeded(8);
    return adapting(
      ...settings.map(([layer, target, rank, scale]) => ({
        ...randomLora(model, { layer, target, rank }, random),
        scale,
      })),
    );
  };

  test('is read as it was written, ranks and scales that differ by layer included', async () => {
    const treatment = pairs(
      [0, 'q_proj', 2, 4],
      [1, 'q_proj', 2, 4],
      [1, 'down_proj', 5, 2],
      [2, 'k_proj', 2, 7],
    );
    const read = await written(treatment, 'patterns');
    const facts = ({ weightDeltas }: Treatment) =>
      weightDeltas
        .map((delta) => {
          if (delta.kind !== 'lora') throw new Error(`found ${delta.kind}, expected lora`);
          const { layer, target, scale, a, b } = delta;
          return { layer, target, scale, a: valuesOf(a), b: valuesOf(b) };
        })
        .sort((x, y) => x.layer - y.layer || x.target.localeCompare(y.target));
    expect(facts(read)).toEqual(facts(treatment));
    const config = JSON.parse(readFileSync(join(folder, 'patterns/adapter_config.json'), 'utf8'));
    expect(config).toMatchObject({
      peft_type: 'LORA',
      base_model_name_or_path: 'tiny-llama',
      r: 2,
      lora_alpha: 8,
      rank_pattern: { 'model.layers.1.mlp.down_proj': 5 },
      alpha_pattern: { 'model.layers.1.mlp.down_proj': 10, 'model.layers.2.self_attn.k_proj': 14 },
    });
    disposeTreatment(compose(treatment, read));
  });

  test('of several pairs on one weight, of either sign, adds up to the same', async () => {
    const treatment = pairs([1, 'up_proj', 2, 1.5], [1, 'up_proj', 3, -1.5], [0, 'v_proj', 2, -0.5]);
    const read = await written(treatment, 'sums');
    expect(read.weightDeltas).toHaveLength(2);
    const expected = await score(treatment);
    for (const [index, values] of (await score(read)).entries())
      for (const [option, value] of values.entries())
        expect(value).toBeCloseTo(expected[index]?.[option] ?? Number.NaN, 4);
    disposeTreatment(compose(treatment, read));
  });

  test('of a model with fused queries, keys and values has one pair on the fused module', async () => {
    using neox = await tinyModel('tiny-gpt-neox');
    const random = seeded(4);
    const targets = ['q_proj', 'v_proj', 'o_proj', 'up_proj'] as const;
    const treatment = adapting(...targets.map((target) => randomLora(neox, { layer: 1, target }, random)));
    const path = join(folder, 'fused');
    await writePeftAdapter(treatment, { base: 'tiny', folder: path, model: neox.config });
    const { target_modules: modules } = JSON.parse(readFileSync(join(path, 'adapter_config.json'), 'utf8'));
    expect(modules).toEqual([
      'gpt_neox.layers.1.attention.query_key_value',
      'gpt_neox.layers.1.attention.dense',
      'gpt_neox.layers.1.mlp.dense_h_to_4h',
    ]);
    const read = readPeftAdapter(path, neox.config);
    const scores = await scoreOptions(neox, items, { treatment });
    // Ranks add up in another order, with pairs of zeros between.
    expect(
      relativeError((await scoreOptions(neox, items, { treatment: read })).flat(), scores.flat()),
    ).toBeLessThan(1e-5);
    expect(() => readPeftAdapter(path)).toThrow(
      /attention\.dense\.lora_A\.weight is not a LoRA pair of a block/,
    );
    disposeTreatment(compose(treatment, read));
  });

  test('written twice has the same bytes', async () => {
    const treatment = pairs([0, 'q_proj', 2, 4], [2, 'o_proj', 3, 4]);
    const bytes = async (name: string) => {
      disposeTreatment(await written(treatment, name));
      return ['adapter_config.json', 'adapter_model.safetensors'].map((file) =>
        readFileSync(join(folder, name, file), 'base64'),
      );
    };
    expect(await bytes('first')).toEqual(await bytes('second'));
    disposeTreatment(treatment);
  });

  test('is read with PEFT’s scaling: alpha / √rank for rsLoRA, the first pattern that matches before the default', async () => {
    const treatment = pairs([1, 'q_proj', 4, 1], [2, 'q_proj', 4, 1]);
    disposeTreatment(await written(treatment, 'scaled'));
    const path = join(folder, 'scaled/adapter_config.json');
    const config = JSON.parse(readFileSync(path, 'utf8'));
    const patterns = { 'layers.2.self_attn.q_proj': 10, q_proj: 6 };
    writeFileSync(path, JSON.stringify({ ...config, use_rslora: true, alpha_pattern: patterns }));
    const read = readPeftAdapter(join(folder, 'scaled'));
    expect(read.weightDeltas.map((delta) => 'scale' in delta && delta.scale)).toEqual([3, 5]);
    writeFileSync(path, JSON.stringify({ ...config, rank_pattern: { q_proj: 8 } }));
    expect(() => readPeftAdapter(join(folder, 'scaled'))).toThrow(
      /has rank 4, expected 8 by r and rank_pattern/,
    );
    writeFileSync(path, JSON.stringify({ ...config, use_dora: true }));
    expect(() => readPeftAdapter(join(folder, 'scaled'))).toThrow(/adapter_config\.json: "use_dora"/);
    disposeTreatment(compose(treatment, read));
  });

  test('is refused where PEFT would change the base weights when it loads the pairs', async () => {
    const treatment = pairs([1, 'q_proj', 2, 1]);
    disposeTreatment(await written(treatment, 'begun'));
    const path = join(folder, 'begun/adapter_config.json');
    const config = JSON.parse(readFileSync(path, 'utf8'));
    const begunBy = (init: unknown) => {
      writeFileSync(path, JSON.stringify({ ...config, init_lora_weights: init }));
      return readPeftAdapter(join(folder, 'begun'));
    };
    for (const init of ['pissa', 'pissa_niter_16', 'olora', 'corda', 'loftq', 'lora_ga'])
      expect(() => begunBy(init)).toThrow(
        `adapter_config.json: "init_lora_weights": is "${init}", expected a boolean, "gaussian"`,
      );
    for (const init of [true, false, null, 'gaussian', 'eva', 'orthogonal']) disposeTreatment(begunBy(init));
    disposeTreatment(treatment);
  });

  test.each<[string, () => Treatment, RegExp]>([
    ['a vector', () => vectorAt(1), /an intervention "add" on layer 1, expected LoRA pairs/],
    [
      'a bias beside a pair',
      () => {
        const bias = tf.tensor1d(new Float32Array(96));
        return compose(
          pairs([1, 'q_proj', 2, 1]),
          adapting({ kind: 'bias', layer: 1, target: 'up_proj', scale: 1, bias }),
        );
      },
      /a bias on model\.layers\.1\.mlp\.up_proj, expected LoRA pairs/,
    ],
    [
      'replaced weights',
      () =>
        adapting(
          { kind: 'replace', name: 'model.norm.weight', value: tf.zeros([48]) },
          { kind: 'replace', name: 'model.embed_tokens.weight', value: tf.zeros([160, 48]) },
        ),
      /a new model\.norm\.weight and 1 more such parts/,
    ],
    ['a prompt', () => ({ ...noTreatment, prompt: [1, 2] }), /a prompt of 2 tokens/],
    ['nothing', () => noTreatment, /holds nothing, expected LoRA pairs/],
  ])('refuses %s and says why', async (_, make, message) => {
    const treatment = make();
    await expect(writePeftAdapter(treatment, { base: 'x', folder: join(folder, 'refused') })).rejects.toThrow(
      message,
    );
    disposeTreatment(treatment);
  });
});

describe('a GGUF control vector', () => {
  const written = async (treatment: Treatment, name: string) => {
    const path = join(folder, name);
    writeFileSync(path, controlVectorBytes(treatment, { modelHint: 'llama' }));
    return readControlVector(path);
  };

  test('scores as the vectors it was written from, to the last bit', async () => {
    const treatment = compose(vectorAt(2, -1.7), vectorAt(1, 0.3));
    const read = await written(treatment, 'two.gguf');
    expect(read.interventions.map(({ layer, coefficient }) => [layer, coefficient])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(await score(read)).toEqual(await score(treatment));
    const again = await written(read, 'again.gguf');
    expect(readFileSync(join(folder, 'again.gguf'), 'base64')).toBe(
      readFileSync(join(folder, 'two.gguf'), 'base64'),
    );
    disposeTreatment(compose(treatment, read, again));
  });

  test('sums the vectors of one block', async () => {
    const treatment = compose(vectorAt(1, 2), vectorAt(1, 3));
    const read = await written(treatment, 'sum.gguf');
    const [one] = read.interventions;
    const [expected] = vectorAt(1).interventions;
    expect(read.interventions).toHaveLength(1);
    if (one?.kind !== 'add' || expected?.kind !== 'add') throw new Error('expected added vectors');
    const values = valuesOf(one.vector);
    for (const [c, value] of valuesOf(expected.vector).entries()) expect(values[c]).toBeCloseTo(5 * value, 5);
    disposeTreatment(compose(treatment, read));
  });

  test('as repeng writes it is read block by block', async () => {
    const golden = JSON.parse(readFileSync(fixture('control-vector/golden.json'), 'utf8'));
    const read = await readControlVector(fixture('control-vector/repeng.gguf'));
    const found = read.interventions.map((part) => [
      part.layer,
      part.kind === 'add' && valuesOf(part.vector),
    ]);
    expect(Object.fromEntries(found)).toEqual(golden.directions);
    expect(Buffer.from(controlVectorBytes(read, { modelHint: golden.model_hint })).toString('base64')).toBe(
      readFileSync(fixture('control-vector/repeng.gguf'), 'base64'),
    );
    disposeTreatment(read);
  });

  test.each<[string, () => Treatment, RegExp]>([
    [
      'a vector on block 0, which llama.cpp cannot hold',
      () => vectorAt(0),
      /output of block 0, which llama\.cpp cannot load/,
    ],
    [
      'a vector at some positions',
      () => ({
        ...vectorAt(1),
        interventions: vectorAt(1).interventions.map((part) => ({ ...part, positions: 'last' as const })),
      }),
      /intervention "add" on layer 1 at positions "last"/,
    ],
    [
      'an ablation',
      () => ({
        ...noTreatment,
        interventions: [
          { kind: 'ablate', layer: 1, coefficient: 1, positions: 'all', vector: tf.ones([48]) },
        ],
      }),
      /intervention "ablate"/,
    ],
    [
      'LoRA pairs',
      () => adapting(randomLora(model, { layer: 1, target: 'q_proj' }, seeded(1))),
      /1 weight deltas/,
    ],
    ['nothing', () => noTreatment, /0 interventions, expected added vectors/],
  ])('refuses %s', (_, make, message) => {
    expect(() => controlVectorBytes(make(), { modelHint: 'llama' })).toThrow(message);
  });

  test('that is a model is refused', async () => {
    await expect(readControlVector(fixture('checkpoints/tiny-llama.gguf'))).rejects.toThrow(
      /general\.architecture is "llama", expected "controlvector"/,
    );
  });
});

describe('any form of treatment', () => {
  test('is told by what lies at the path', async () => {
    const treatment = vectorAt(1, 0.5);
    writeFileSync(join(folder, 'own.safetensors'), treatmentToSafetensors(treatment));
    writeFileSync(join(folder, 'form.gguf'), controlVectorBytes(treatment, { modelHint: 'llama' }));
    const own = await readTreatment(join(folder, 'own.safetensors'));
    const gguf = await readTreatment(join(folder, 'form.gguf'));
    expect(await score(own)).toEqual(await score(treatment));
    expect(await score(gguf)).toEqual(await score(treatment));
    const peft = await readTreatment(fixture('peft-adapter'));
    expect(peft.weightDeltas.length).toBeGreaterThan(0);
    disposeTreatment(compose(treatment, own, gguf, peft));
  });

  test('is read from a file of more than 2 GiB', async () => {
    const path = join(folder, 'large.safetensors');
    const bytes = 2 ** 31;
    const treatment = { prompt: [3, 1, 4], interventions: [], weightDeltas: [] };
    const header = JSON.stringify({
      __metadata__: { treatment: JSON.stringify(treatment) },
      unread: { dtype: 'F32', shape: [bytes / 4], data_offsets: [0, bytes] },
    });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(path, Buffer.concat([length, Buffer.from(header)]));
    // Bytes that nobody wrote take no room on the disk.
    truncateSync(path, 8 + header.length + bytes);
    expect(await readTreatment(path)).toEqual(treatment);
  });

  test.each([
    ['nowhere', /nowhere: there is no such file or folder/],
    [fixture('tiny-llama'), /adapter_config\.json/],
    [fixture('tiny-llama/model.safetensors'), /its metadata has no "treatment"/],
  ])('that cannot be read is bad input: %s', async (path, message) => {
    await expect(readTreatment(path)).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringMatching(message),
    });
  });

  test('of strength 0 is the base model to the last bit, of strength 1 itself, and in between lies between', async () => {
    const treatment = compose(
      vectorAt(1, 2),
      adapting(randomLora(model, { layer: 2, target: 'up_proj' }, seeded(5))),
    );
    expect(await score(withStrength(treatment, 0))).toEqual(await score(noTreatment));
    expect(withStrength(treatment, 1)).toBe(treatment);
    const [half] = withStrength(treatment, 0.5).interventions;
    expect(half?.coefficient).toBe(1);
    expect(() => withStrength({ ...noTreatment, prompt: [1] }, 2)).toThrow(
      /a prompt of 1 tokens, which has no strength/,
    );
    disposeTreatment(treatment);
  });
});
