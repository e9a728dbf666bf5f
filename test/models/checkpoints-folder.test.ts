import {
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileBytes } from '../../models/checkpoints/byte-source.js';
import { fileDigest } from '../../models/checkpoints/file-digest.js';
import { readCheckpoint } from '../../models/checkpoints/read-checkpoint.js';
import { openSafetensors, safetensorsBytes } from '../../models/checkpoints/safetensors.js';
import { fixtures } from './checkpoint-fixtures.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crossover-folder-'));
  cpSync(join(fixtures, 'tiny-llama'), folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (path = folder) => readCheckpoint({ format: 'safetensors', name: 'tiny', folder: path });
const write = (file: string, value: unknown) => writeFileSync(join(folder, file), JSON.stringify(value));
const weights = () => {
  const file = openSafetensors(fileBytes(join(folder, 'model.safetensors')));
  return [...file.shapes.keys()].map((name) => ({ name, ...file.read(name) }));
};
const writeWeights = (tensors: ReturnType<typeof weights>) =>
  writeFileSync(join(folder, 'model.safetensors'), safetensorsBytes(tensors));

test('tensors come in the order of the forward pass; an untied model has its output projection', async () => {
  const tied = await open();
  expect(tied.tensorNames.slice(0, 3)).toEqual([
    'model.embed_tokens.weight',
    'model.layers.0.input_layernorm.weight',
    'model.layers.0.self_attn.q_proj.weight',
  ]);
  expect(tied.tensorNames.at(-1)).toBe('model.norm.weight');
  expect(tied.read('model.layers.2.self_attn.k_proj.weight').shape).toEqual([16, 48]);
  const untied = await open(join(fixtures, 'tiny-llama-untied'));
  expect(untied.tensorNames.at(-1)).toBe('lm_head.weight');
});

test('shards give the same weights as one file, and the digest tells the two apart', async () => {
  const single = await open();
  const all = weights();
  const values = new Map(all.map(({ name, values }) => [name, values]));
  const shards = {
    'model-00001-of-00002.safetensors': all.slice(0, 9),
    'model-00002-of-00002.safetensors': all.slice(9),
  };
  const weightMap = Object.entries(shards).flatMap(([file, tensors]) =>
    tensors.map(({ name }) => [name, file]),
  );
  for (const [file, tensors] of Object.entries(shards))
    writeFileSync(join(folder, file), safetensorsBytes(tensors));
  write('model.safetensors.index.json', { weight_map: Object.fromEntries(weightMap) });
  rmSync(join(folder, 'model.safetensors'));
  const sharded = await open();
  expect(sharded.tensorNames).toEqual(single.tensorNames);
  for (const name of single.tensorNames) expect(sharded.read(name).values).toEqual(values.get(name));
  expect(sharded.digest).not.toBe(single.digest);
  rmSync(join(folder, 'model-00002-of-00002.safetensors'));
  await expect(open()).rejects.toThrow(/index\.json: shard model-00002-of-00002\.safetensors is missing/);
});

test('one file is read before an index that was left beside it, as by transformers', async () => {
  const { digest } = await open();
  write('model.safetensors.index.json', { weight_map: { a: 'model-00001-of-00002.safetensors' } });
  expect((await open()).digest).toBe(digest);
});

test('a shard outside of the folder is refused', async () => {
  rmSync(join(folder, 'model.safetensors'));
  write('model.safetensors.index.json', { weight_map: { a: '../elsewhere.safetensors' } });
  await expect(open()).rejects.toThrow(/shard "\.\.\/elsewhere\.safetensors" lies outside of the folder/);
});

test('the digest is that of the contents: equal for a copy, another after any change of config or tokenizer', async () => {
  const { digest } = await open();
  expect((await open(join(fixtures, 'tiny-llama'))).digest).toBe(digest);
  write('tokenizer_config.json', {});
  const withTokenizer = (await open()).digest;
  expect(withTokenizer).not.toBe(digest);
  write('generation_config.json', { eos_token_id: [2, 5] });
  const changed = await open();
  expect(changed.digest).not.toBe(withTokenizer);
  expect(changed.config.eosTokenIds).toEqual([2, 5]);
});

test('the licence of the model card is recorded, and that of the location before it', async () => {
  expect((await open()).licence).toBeUndefined();
  writeFileSync(join(folder, 'README.md'), '---\nlicense: apache-2.0\ntags: [a]\n---\n# A model\n');
  expect((await open()).licence).toBe('apache-2.0');
  const location = { format: 'safetensors', name: 'tiny', folder, licence: 'MIT' } as const;
  expect((await readCheckpoint(location)).licence).toBe('MIT');
});

test('a missing, misshapen or foreign tensor is named with its shape', async () => {
  const all = weights();
  writeWeights(all.filter(({ name }) => name !== 'model.norm.weight'));
  await expect(open()).rejects.toThrow(
    `${folder}: tensor model.norm.weight is missing, expected one of shape [48]`,
  );
  writeWeights(
    all.map((tensor) => (tensor.name === 'model.norm.weight' ? { ...tensor, shape: [6, 8] } : tensor)),
  );
  await expect(open()).rejects.toThrow(
    'tensor model.norm.weight has shape [6,8], expected [48] by its config',
  );
  const foreign = { name: 'model.layers.0.self_attn.q_norm.weight', shape: [8], values: new Float32Array(8) };
  writeWeights([...all, foreign]);
  await expect(open()).rejects.toThrow(/q_norm\.weight of shape \[8\] has no place in a llama model/);
});

test('rotary frequencies of old exports and a second copy of tied embeddings are left out', async () => {
  const { tensorNames } = await open();
  const redundant = ['lm_head.weight', 'model.layers.0.self_attn.rotary_emb.inv_freq'];
  writeWeights([
    ...weights(),
    ...redundant.map((name) => ({ name, shape: [2], values: new Float32Array(2) })),
  ]);
  expect((await open()).tensorNames).toEqual(tensorNames);
});

test('truncated and missing files are named, with byte counts where there are any', async () => {
  truncateSync(join(folder, 'model.safetensors'), 200_000);
  await expect(open()).rejects.toThrow(
    /model\.safetensors: tensors end at byte \d+ .*the file holds \d+ bytes/,
  );
  rmSync(join(folder, 'model.safetensors'));
  await expect(open()).rejects.toThrow(
    `${folder}: neither model.safetensors nor model.safetensors.index.json is there`,
  );
  writeFileSync(join(folder, 'config.json'), '{"model_type": "lla');
  await expect(open()).rejects.toThrow(/config\.json: this is not JSON \(19 characters\)/);
});

test('a file that shrinks between opening and reading is an error, not zeros', async () => {
  const checkpoint = await open();
  truncateSync(join(folder, 'model.safetensors'), 10_000);
  expect(() => checkpoint.read('model.norm.weight')).toThrow(
    /file ended \d+ bytes early while tensor model\.norm\.weight/,
  );
});

test('the digest of a big file is remembered until the file changes, even with its old size and time', async () => {
  const cacheFolder = join(folder, 'cache');
  const file = join(folder, 'big.bin');
  writeFileSync(file, Buffer.alloc(9 * 2 ** 20));
  const zeros = await fileDigest(file, { cacheFolder });
  expect(zeros).toBe(await fileDigest(file));
  expect(await fileDigest(file, { cacheFolder })).toBe(zeros);
  const { atime, mtime } = statSync(file);
  writeFileSync(file, Buffer.alloc(9 * 2 ** 20, 1));
  utimesSync(file, atime, mtime);
  const ones = await fileDigest(file, { cacheFolder });
  expect(ones).toBe(await fileDigest(file));
  expect(ones).not.toBe(zeros);
});

test('the tiny config has the shape its fixture states', async () => {
  const stated = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
  const { config } = await open();
  expect(config).toMatchObject({
    layers: stated.num_hidden_layers,
    hidden: stated.hidden_size,
    headDim: stated.head_dim,
  });
  expect((await open(join(fixtures, 'tiny-llama-untied'))).config.rope.scaling).toEqual({
    type: 'llama3',
    factor: 8,
    lowFrequencyFactor: 1,
    highFrequencyFactor: 4,
    originalContextLength: 64,
  });
});
