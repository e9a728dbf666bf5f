import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LinearTarget } from '../schemas/treatment.js';
import { fileBytes } from './checkpoints/byte-source.js';
import { openSafetensors, type Safetensors } from './checkpoints/safetensors.js';
import { tf } from './tensorflow.js';
import { targetModules } from './treated-model.js';
import type { LoraDelta, Treatment } from './treatment.js';

/**
 * Reads a LoRA adapter as PEFT writes it (`adapter_config.json`, `adapter_model.safetensors`); the caller owns the tensors.
 * @throws when the adapter uses more than plain LoRA on a block's linear layers, which would be lost
 */
export function readPeftAdapter(folder: string): Treatment {
  const config = readConfig(join(folder, 'adapter_config.json'));
  const place = join(folder, 'adapter_model.safetensors');
  const file = openSafetensors(fileBytes(place));
  const scale = config.lora_alpha / (config.use_rslora ? Math.sqrt(config.r) : config.r);
  const weightDeltas = [...file.shapes.keys()]
    .filter((name) => !name.endsWith('.lora_B.weight'))
    .map((name) => readDelta(file, name, { scale, place }));
  return { interventions: [], weightDeltas };
}

const never = z.union([z.literal(false), z.null(), z.record(z.string(), z.never())]).optional();

// Only the fields that change what the adapter computes; each of the last ones must be absent, off or empty.
const PeftConfig = z.object({
  peft_type: z.literal('LORA'),
  r: z.number().int().positive(),
  lora_alpha: z.number().positive(),
  use_rslora: z.boolean().default(false),
  bias: z.literal('none').default('none'),
  use_dora: never,
  fan_in_fan_out: never,
  lora_bias: never,
  rank_pattern: never,
  alpha_pattern: never,
  modules_to_save: never,
});

function readConfig(path: string): z.infer<typeof PeftConfig> {
  const parsed = PeftConfig.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Error(
    `${path}: "${issue?.path.join('.')}": ${issue?.message}; only plain LoRA on the linear layers of blocks can be read`,
  );
}

const DELTA_NAME = /^base_model\.model\.model\.layers\.(\d+)\.((?:self_attn|mlp)\.(\w+))\.lora_A\.weight$/;

function readDelta(
  file: Safetensors,
  name: string,
  { scale, place }: { scale: number; place: string },
): LoraDelta {
  const [, layer, module, last] = DELTA_NAME.exec(name) ?? [];
  const target = LinearTarget.safeParse(last);
  if (!target.success || targetModules[target.data] !== module) {
    throw new Error(
      `${place}: tensor ${name} is not a LoRA pair of a block's linear layer, which is all that can be read`,
    );
  }
  const a = file.read(name);
  const b = file.read(name.replace('.lora_A.', '.lora_B.'));
  const [rank = 0, input = 0] = a.shape;
  const [out = 0] = b.shape;
  return {
    kind: 'lora',
    layer: Number(layer),
    target: target.data,
    scale,
    a: tf.tensor2d(a.values, [rank, input]),
    b: tf.tensor2d(b.values, [out, rank]),
  };
}
