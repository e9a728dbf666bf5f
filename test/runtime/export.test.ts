import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveCell } from '../../artifacts/cells.js';
import { folderStore } from '../../artifacts/folder-store.js';
import { publishRun } from '../../artifacts/run-folder.js';
import type { LanguageModel } from '../../models/language-model.js';
import { scoreOptions } from '../../models/scoring.js';
import { tf } from '../../models/tensorflow.js';
import { compose, disposeTreatment, noTreatment, type Treatment } from '../../models/treatment.js';
import { treatmentToSafetensors } from '../../models/treatment-file.js';
import type { CellManifest } from '../../schemas/stages.js';
import { adapting, randomLora, randomVector, seeded, steering, tinyModel } from '../models/fixtures.js';
import { cache, finished, spawnCommand } from './study-folder.js';

const root = resolve(import.meta.dirname, '../..');
const path = mkdtempSync(join(tmpdir(), 'crossover-export-'));
const tinyLlama = join(root, 'test/fixtures/tiny-llama');
const environment = { ...process.env, CROSSOVER_CACHE: cache };
const crossover = (...args: string[]) => finished(spawnCommand({ path, environment }, args));
const asked = ['--prompt-ids', '5,6,7', '--option-ids', '8,9', '--option-ids', '10'];
const cellOf = (stage: string, n = 4) => [
  'letters-1',
  '--stage',
  stage,
  '--task',
  'letters',
  '--n',
  `${n}`,
  '--seed',
  '0',
];

let model: LanguageModel;
const treatments: Record<string, Treatment> = {};

beforeAll(async () => {
  model = await tinyModel();
  const random = seeded(3);
  const vector = randomVector(model.config.hidden, random);
  treatments.vector = steering({ layer: 1, coefficient: 1.3, positions: 'all', vector });
  treatments.lora = adapting(
    randomLora(model, { layer: 0, target: 'q_proj', rank: 2 }, random),
    randomLora(model, { layer: 2, target: 'down_proj', rank: 4 }, random),
  );
  treatments.both = compose(treatments.lora, treatments.vector);
  treatments.prompt = { ...noTreatment, prompt: [11, 12] };
  await publishStudy();
});
afterAll(() => {
  disposeTreatment(treatments.both ?? noTreatment);
  model[Symbol.dispose]();
  rmSync(path, { recursive: true });
});

/** A store with a cell a treatment and one of the base model, and the manifest that a study leaves of them. */
async function publishStudy(): Promise<void> {
  const store = folderStore(join(path, '.crossover/store'));
  const address = { model: tinyLlama, task: 'letters', n: 4, seed: 0 };
  const save = async (stage: string, treatment: CellManifest['treatment']) => {
    const parameters = { stage };
    const facts = {
      kind: 'steer',
      code: '1',
      parameters,
      inputs: {},
      seed: 0,
      numerics: { backend: 'test' },
    };
    const { key } = await saveCell(store, facts, {
      address: { ...address, stage },
      manifest: { ...emptyManifest, treatment },
    });
    return { key, stage, ...address };
  };
  const cells = [{ key: 'f'.repeat(64), stage: 'failed', ...address }, await save('baseline', null)];
  for (const [stage, treatment] of Object.entries(treatments)) {
    const bytes = treatmentToSafetensors(treatment);
    cells.push(await save(stage, await store.put(bytes, 'safetensors')));
  }
  const manifest = Buffer.from(JSON.stringify({ run: 'letters-1', cells }));
  await publishRun(join(path, 'runs'), 'letters-1', { 'manifest.json': manifest });
}

const emptyManifest: CellManifest = {
  status: 'ok',
  reason: null,
  scores: null,
  episodes: null,
  generations: null,
  elsewhere: [],
  offTarget: null,
  treatment: null,
  contrasts: null,
  trials: [],
  cost: {
    flopsMethod: 0,
    flopsMethodBackward: 0,
    flopsSearch: 0,
    flopsSearchBackward: 0,
    flopsEvaluation: 0,
    seconds: 0,
    peakMemoryBytes: 0,
    trainableParameters: 0,
    treatmentBytes: 0,
  },
};

async function scoredBy(...options: string[]): Promise<number[]> {
  const { code, output, errors } = await crossover(
    'score',
    '--model',
    tinyLlama,
    ...asked,
    '--json',
    ...options,
  );
  expect(errors).toBe('');
  expect(code).toBe(0);
  return JSON.parse(output).options.map(({ logprob }: { logprob: number }) => logprob);
}

async function expected(treatment: Treatment | undefined): Promise<number[]> {
  const item = { id: 'asked', promptIds: [5, 6, 7], optionIds: [[8, 9], [10]], label: 0 };
  const [scores = []] = await scoreOptions(model, [item], { treatment: treatment ?? noTreatment });
  return scores;
}

describe('a cell of a finished study is exported, and the model scores under it as it did in the study', () => {
  it.each([
    ['lora', 'peft', '--adapter'],
    ['vector', 'gguf', '--vector'],
    ['both', 'safetensors', '--adapter'],
    ['prompt', 'safetensors', '--vector'],
  ])('%s as %s', async (stage, form, option) => {
    const out = join(path, `${stage}-${form}`);
    const { code, output, errors } = await crossover('export', ...cellOf(stage), '--to', form, '--out', out);
    expect(errors).toBe('');
    expect(code).toBe(0);
    expect(output).toContain(`${form} · ${stage} · ${tinyLlama} · letters · N=4 · seed 0`);
    const found = await scoredBy(option, out);
    for (const [index, value] of (await expected(treatments[stage])).entries())
      expect(found[index]).toBeCloseTo(value, 5);
    expect(found).not.toEqual(await scoredBy());
  });

  it('adapter and vector act together, and strength 0 takes both away', async () => {
    const both = ['--adapter', join(path, 'lora-peft'), '--vector', join(path, 'vector-gguf')];
    const found = await scoredBy(...both);
    for (const [index, value] of (await expected(treatments.both)).entries())
      expect(found[index]).toBeCloseTo(value, 5);
    expect(await scoredBy(...both, '--strength', '0')).toEqual(await scoredBy());
    expect(await scoredBy(...both, '--strength', '-1')).not.toEqual(found);
  });
});

describe('what cannot be exported or applied ends with exit code 2 and says why', () => {
  const out = join(path, 'refused');
  it.each([
    [
      'a run that is not there',
      ['export', 'letters-2', ...cellOf('lora').slice(1), '--to', 'peft', '--out', out],
      /no finished study "letters-2".*did you mean "letters-1"/,
    ],
    [
      'a cell that is not there',
      ['export', ...cellOf('lora', 8), '--to', 'peft', '--out', out],
      /no cell --stage lora --task letters --n 8 --seed 0; found stages failed, baseline, vector/,
    ],
    [
      'a failed cell',
      ['export', ...cellOf('failed'), '--to', 'peft', '--out', out],
      /has no such cell; it failed/,
    ],
    [
      'the base model',
      ['export', ...cellOf('baseline'), '--to', 'peft', '--out', out],
      /no treatment is stored; it is the base model/,
    ],
    [
      'a vector as PEFT',
      ['export', ...cellOf('vector'), '--to', 'peft', '--out', out],
      /an intervention "add" on layer 1, expected LoRA pairs/,
    ],
    [
      'LoRA as a control vector',
      ['export', ...cellOf('lora'), '--to', 'gguf', '--out', out],
      /expected added vectors and nothing else/,
    ],
    [
      'a path that is taken',
      ['export', ...cellOf('lora'), '--to', 'peft', '--out', tinyLlama],
      /it is there already/,
    ],
    [
      'a file that is not there',
      ['score', '--model', tinyLlama, ...asked, '--vector', 'nowhere.gguf'],
      /nowhere\.gguf: there is no such file/,
    ],
    [
      'a strength of nothing',
      ['score', '--model', tinyLlama, ...asked, '--strength', '2'],
      /--strength 2: give --adapter or --vector/,
    ],
    [
      'a strength that is no number',
      ['score', '--model', tinyLlama, ...asked, '--strength', 'much'],
      /found "much", expected a number/,
    ],
  ])('%s', async (_, args, message) => {
    const { code, errors } = await crossover(...args);
    expect(errors).toMatch(message);
    expect(code).toBe(2);
    expect(existsSync(out)).toBe(false);
  });

  it('a vector for another model', async () => {
    const wide = steering({
      layer: 1,
      coefficient: 1,
      positions: 'all',
      vector: tf.tensor1d(new Float32Array(64)),
    });
    writeFileSync(join(path, 'wide.safetensors'), treatmentToSafetensors(wide));
    const { code, errors } = await crossover(
      'score',
      '--model',
      tinyLlama,
      ...asked,
      '--vector',
      'wide.safetensors',
    );
    expect(errors).toMatch(/wide\.safetensors: the vector for layer 1 has 64 channels; .* has 48/);
    expect(code).toBe(2);
    disposeTreatment(wide);
  });
});
