import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidInput } from '../../schemas/invalid-input.js';
import { fileBytes } from '../checkpoints/byte-source.js';
import { openSafetensors, type Safetensors } from '../checkpoints/safetensors.js';
import { chosenRows } from '../checkpoints/stored-tensors.js';
import type { TransformerConfig } from '../config.js';
import { tf } from '../tensorflow.js';
import type { LoraDelta, Treatment } from '../treatment.js';
import { PeftConfig, pairSettings } from './peft-config.js';
import { linearsOfModule } from './peft-modules.js';

/**
 * Reads a LoRA adapter as PEFT writes it (`adapter_config.json`, `adapter_model.safetensors`), rsLoRA and patterns of rank and
 * alpha included; the caller owns the tensors. A pair on a module that holds several linear layers becomes a pair of each.
 * @param model config of the model it is for; without one, its modules have Llama's names
 * @throws InvalidInput when the adapter uses more than LoRA on a block's linear layers, which would be lost
 */
export function readPeftAdapter(folder: string, model?: TransformerConfig): Treatment {
  const config = readConfig(join(folder, 'adapter_config.json'));
  const file = openSafetensors(fileBytes(join(folder, 'adapter_model.safetensors')));
  const adapter = { file, config, model, place: join(folder, 'adapter_model.safetensors') };
  const names = [...file.shapes.keys()].filter((name) => !name.endsWith('.lora_B.weight'));
  return { interventions: [], weightDeltas: names.flatMap((name) => readDeltas(name, adapter)) };
}

interface Adapter {
  file: Safetensors;
  config: PeftConfig;
  model: TransformerConfig | undefined;
  place: string;
}

function readConfig(path: string): PeftConfig {
  const parsed = PeftConfig.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new InvalidInput(
    `${path}: "${issue?.path.join('.')}": ${issue?.message}; only LoRA on the linear layers of blocks can be read`,
  );
}

const PAIR_NAME = /^base_model\.model\.(.+)\.lora_A\.weight$/;

function readDeltas(name: string, { file, config, model, place }: Adapter): LoraDelta[] {
  const module = PAIR_NAME.exec(name)?.[1] ?? '';
  const linears = linearsOfModule(module, model);
  if (linears.length === 0) {
    throw new InvalidInput(
      `${place}: tensor ${name} is not a LoRA pair of a block's linear layer, which is all that can be read`,
    );
  }
  const a = file.read(name);
  const b = file.read(name.replace('.lora_A.', '.lora_B.'));
  const [rank = 0, input = 0] = a.shape;
  const expected = pairSettings(config, module);
  if (rank !== expected.rank) {
    throw new InvalidInput(
      `${place}: tensor ${name} has rank ${rank}, expected ${expected.rank} by r and rank_pattern of adapter_config.json`,
    );
  }
  return linears.map(({ layer, target, rows, moduleRows }) => {
    if (rows !== undefined && b.shape[0] !== moduleRows)
      throw new InvalidInput(
        `${place}: the pair of ${module} has ${b.shape[0]} outputs, expected ${moduleRows} in this model`,
      );
    const own = rows === undefined ? b : chosenRows(b, rows);
    return {
      kind: 'lora',
      layer,
      target,
      scale: expected.scale,
      a: tf.tensor2d(a.values, [rank, input]),
      b: tf.tensor2d(own.values, [own.shape[0] ?? 0, rank]),
    };
  });
}
