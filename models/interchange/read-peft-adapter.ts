import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidInput } from '../../schemas/invalid-input.js';
import { LinearTarget } from '../../schemas/treatment.js';
import { fileBytes } from '../checkpoints/byte-source.js';
import { openSafetensors, type Safetensors } from '../checkpoints/safetensors.js';
import { tf } from '../tensorflow.js';
import type { LoraDelta, Treatment } from '../treatment.js';
import { PeftConfig, pairSettings, peftModule } from './peft-config.js';

/**
 * Reads a LoRA adapter as PEFT writes it (`adapter_config.json`, `adapter_model.safetensors`), rsLoRA and patterns of rank and
 * alpha included; the caller owns the tensors.
 * @throws InvalidInput when the adapter uses more than LoRA on a block's linear layers, which would be lost
 */
export function readPeftAdapter(folder: string): Treatment {
  const config = readConfig(join(folder, 'adapter_config.json'));
  const file = openSafetensors(fileBytes(join(folder, 'adapter_model.safetensors')));
  const adapter = { file, config, place: join(folder, 'adapter_model.safetensors') };
  const names = [...file.shapes.keys()].filter((name) => !name.endsWith('.lora_B.weight'));
  return { interventions: [], weightDeltas: names.map((name) => readDelta(name, adapter)) };
}

interface Adapter {
  file: Safetensors;
  config: PeftConfig;
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

const PAIR_NAME = /^base_model\.model\.(model\.layers\.(\d+)\.(?:self_attn|mlp)\.(\w+))\.lora_A\.weight$/;

function readDelta(name: string, { file, config, place }: Adapter): LoraDelta {
  const [, module = '', layer, last] = PAIR_NAME.exec(name) ?? [];
  const target = LinearTarget.safeParse(last);
  if (!target.success || peftModule(Number(layer), target.data) !== module) {
    throw new InvalidInput(
      `${place}: tensor ${name} is not a LoRA pair of a block's linear layer, which is all that can be read`,
    );
  }
  const a = file.read(name);
  const b = file.read(name.replace('.lora_A.', '.lora_B.'));
  const [rank = 0, input = 0] = a.shape;
  const [out = 0] = b.shape;
  const expected = pairSettings(config, module);
  if (rank !== expected.rank) {
    throw new InvalidInput(
      `${place}: tensor ${name} has rank ${rank}, expected ${expected.rank} by r and rank_pattern of adapter_config.json`,
    );
  }
  return {
    kind: 'lora',
    layer: Number(layer),
    target: target.data,
    scale: expected.scale,
    a: tf.tensor2d(a.values, [rank, input]),
    b: tf.tensor2d(b.values, [out, rank]),
  };
}
