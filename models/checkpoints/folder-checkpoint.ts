import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { TransformerConfig } from '../config.js';
import { familyOf, parseHuggingFaceConfig } from '../families/families.js';
import type { Family } from '../families/family.js';
import { fileBytes } from './byte-source.js';
import { type Checkpoint, checkTensors } from './checkpoint.js';
import { combinedDigest, fileDigest } from './file-digest.js';
import { readTokenizerFolder, TOKENIZER_FILES } from './folder-tokenizer.js';
import { openSafetensors, type Safetensors } from './safetensors.js';
import { storedTensors } from './stored-tensors.js';

/**
 * Opens a folder in the layout of the Hugging Face hub: `config.json` with `model.safetensors`, or with the shards
 * named by `model.safetensors.index.json`; tokenizer files are used where there are any.
 * @throws when a file is missing or damaged, or the tensors are not those of the config
 */
export async function readFolderCheckpoint(
  folder: string,
  options: { cacheFolder?: string } = {},
): Promise<Checkpoint> {
  const { config, family } = await readConfig(folder);
  const weightFiles = await weightFilesOf(folder);
  const shards = new Map<string, Safetensors>();
  const shapes = new Map<string, readonly number[]>();
  for (const file of weightFiles) {
    const shard = openSafetensors(fileBytes(join(folder, file)));
    for (const [name, shape] of shard.shapes) {
      if (shapes.has(name))
        throw new Error(`${join(folder, file)}: tensor ${name} is also in another file of the folder`);
      shapes.set(name, shape);
      shards.set(name, shard);
    }
  }
  const tensors = storedTensors(config, family, {
    shapes,
    read(name) {
      const shard = shards.get(name);
      if (shard === undefined) throw new Error(`${folder}: there is no tensor ${name}`);
      return shard.read(name);
    },
  });
  const tensorNames = checkTensors(config, tensors.shapes, folder);
  const tokenizer = await readTokenizerFolder(folder);
  const licence = await readLicence(folder);
  return {
    config,
    digest: await folderDigest(folder, weightFiles, options),
    tensorNames,
    read: tensors.read,
    ...(tokenizer === undefined ? {} : { tokenizer }),
    ...(licence === undefined ? {} : { licence }),
  };
}

/** The weight files of a folder: one file, before an index that was left there, or the shards of its index, sorted by name. */
export async function weightFilesOf(folder: string): Promise<string[]> {
  if (existsSync(join(folder, SINGLE_FILE))) return [SINGLE_FILE];
  const index = join(folder, INDEX_FILE);
  if (!existsSync(index))
    throw new Error(
      `${folder}: neither ${SINGLE_FILE} nor ${INDEX_FILE} is there; expected the weights of a model`,
    );
  const parsed = ShardIndex.safeParse(await readJson(index));
  if (!parsed.success)
    throw new Error(`${index}: expected {"weight_map": {tensor: file}}; fetch the file anew`);
  const files = [...new Set(Object.values(parsed.data.weight_map))].sort();
  for (const file of files) {
    if (basename(file) !== file)
      throw new Error(`${index}: shard ${JSON.stringify(file)} lies outside of the folder`);
    if (!existsSync(join(folder, file)))
      throw new Error(`${index}: shard ${file} is missing beside it; fetch it`);
  }
  return files;
}

const SINGLE_FILE = 'model.safetensors';
const INDEX_FILE = 'model.safetensors.index.json';
const ShardIndex = z.object({ weight_map: z.record(z.string(), z.string()) });

const GenerationConfig = z.object({
  eos_token_id: z.union([z.number().int(), z.array(z.number().int())]).nullish(),
});

// Chat models often name the token that ends a turn in generation_config.json only.
async function readConfig(folder: string): Promise<{ config: TransformerConfig; family: Family }> {
  const path = join(folder, 'config.json');
  const json = await readJson(path);
  const family = familyOf(json, path);
  const config = parseHuggingFaceConfig(json, path);
  const generationPath = join(folder, 'generation_config.json');
  if (!existsSync(generationPath)) return { config, family };
  const generation = GenerationConfig.safeParse(await readJson(generationPath));
  if (!generation.success)
    throw new Error(`${generationPath}: eos_token_id is not a token id or a list of them`);
  const ends = [...config.eosTokenIds, ...[generation.data.eos_token_id ?? []].flat()];
  return { config: { ...config, eosTokenIds: [...new Set(ends)] }, family };
}

async function folderDigest(
  folder: string,
  weightFiles: readonly string[],
  options: { cacheFolder?: string },
): Promise<string> {
  const described = ['config.json', 'generation_config.json', ...TOKENIZER_FILES];
  const files = [...weightFiles, ...described.filter((file) => existsSync(join(folder, file)))];
  const digests = new Map<string, string>();
  for (const file of files) digests.set(file, await fileDigest(join(folder, file), options));
  return combinedDigest(digests);
}

// A model card begins with YAML between two lines of three dashes.
async function readLicence(folder: string): Promise<string | undefined> {
  const path = join(folder, 'README.md');
  if (!existsSync(path)) return undefined;
  const header = /^---\r?\n([\s\S]*?)\r?\n---/.exec(await readFile(path, 'utf8'))?.[1];
  if (header === undefined) return undefined;
  return z.object({ license: z.string() }).safeParse(parseYaml(header)).data?.license;
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(
      `${path}: this is not JSON (${text.length} characters); it may be cut off, fetch it anew`,
      { cause },
    );
  }
}
