import { z } from 'zod';
import { consistentConfig, type TransformerConfig } from '../config.js';
import type { Family, StoredTensor } from './family.js';
import { gemma3 } from './gemma3.js';
import { gptNeox } from './gpt-neox.js';
import { llama, mistral, qwen2, qwen3 } from './llama.js';

const all = [llama, mistral, qwen2, qwen3, gemma3, gptNeox];
const families: ReadonlyMap<string, Family> = new Map(all.map((family) => [family.modelType, family]));

const ModelType = z.object({ model_type: z.string() });

/**
 * Finds the family of a Hugging Face `config.json`.
 * @param place names the file in errors
 * @throws when it is none of those that are known
 */
export function familyOf(json: unknown, place: string): Family {
  const modelType = ModelType.safeParse(json).data?.model_type;
  const family = families.get(modelType ?? '');
  if (family !== undefined) return family;
  const known = [...families.keys()].map((name) => JSON.stringify(name)).join(', ');
  throw new Error(
    `${place}: model_type is ${JSON.stringify(modelType)}, expected one of ${known}; use a checkpoint of such a model`,
  );
}

/**
 * Reads a Hugging Face `config.json`: the newer `rope_parameters` as well as the older `rope_theta` and `rope_scaling`.
 * @param place names the file in errors
 * @throws when the family is unknown, or a field is missing, of the wrong type, inconsistent, or asks for what the decoder
 * does not compute
 */
export function parseHuggingFaceConfig(json: unknown, place: string): TransformerConfig {
  return consistentConfig(familyOf(json, place).parse(json, place), place);
}

/** Where the checkpoints of a config's family hold a tensor of the model. */
export function storedTensor(name: string, config: TransformerConfig): StoredTensor {
  const family = all.find((one) => one.name === config.architecture);
  return family?.stored?.(name, config) ?? { name };
}
