import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { InvalidInput } from '../../schemas/invalid-input.js';
import { blockName, targetModules } from '../block-names.js';
import { type NamedTensor, safetensorsBytes } from '../checkpoints/safetensors.js';
import type { TransformerConfig } from '../config.js';
import { tf } from '../tensorflow.js';
import type { LoraDelta, Treatment } from '../treatment.js';
import { type PeftModule, peftModule } from './peft-modules.js';

/**
 * Writes a treatment of LoRA pairs as PEFT's LoRA (`adapter_config.json`, `adapter_model.safetensors`); the folder is made when
 * missing. Several pairs on one weight, as weight steering leaves them, become one pair of their ranks' sum.
 * @param options.base what PEFT is told the adapter belongs to: a folder or hub id
 * @param options.model config of the model it is for; without one, its modules get Llama's names
 * @throws InvalidInput when the treatment holds anything but LoRA pairs
 */
export async function writePeftAdapter(
  treatment: Treatment,
  { base, folder, model }: { base: string; folder: string; model?: TransformerConfig | undefined },
): Promise<void> {
  const pairs = onePairAModule(loraDeltas(treatment), model);
  const tensors = pairs.flatMap(({ module, a, b }): NamedTensor[] => [
    { name: `base_model.model.${module}.lora_A.weight`, ...a },
    { name: `base_model.model.${module}.lora_B.weight`, ...b },
  ]);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'adapter_config.json'), `${JSON.stringify(configOf(pairs, base), null, 2)}\n`);
  // Readers of PyTorch's format ask for this key.
  await writeFile(join(folder, 'adapter_model.safetensors'), safetensorsBytes(tensors, { format: 'pt' }));
}

interface Matrix {
  shape: [number, number];
  values: Float32Array<ArrayBuffer>;
}

/** scale · b·a of one linear layer: a [r, in], b [out, r]. */
interface Pair {
  module: string;
  rank: number;
  scale: number;
  a: Matrix;
  b: Matrix;
}

function loraDeltas({ prompt = [], interventions, weightDeltas }: Treatment): LoraDelta[] {
  const others = [
    ...(prompt.length > 0 ? [`a prompt of ${prompt.length} tokens`] : []),
    ...interventions.map(({ kind, layer }) => `an intervention "${kind}" on layer ${layer}`),
    ...weightDeltas.flatMap((delta) => {
      if (delta.kind === 'lora') return [];
      return [
        delta.kind === 'bias'
          ? `a bias on ${blockName(delta.layer)}.${targetModules[delta.target]}`
          : `a new ${delta.name}`,
      ];
    }),
  ];
  const pairs = weightDeltas.filter((delta) => delta.kind === 'lora');
  if (others.length === 0 && pairs.length > 0) return pairs;
  throw new InvalidInput(
    `the treatment holds ${others.length === 0 ? 'nothing' : describe(others)}, expected LoRA pairs and nothing else in PEFT's form; write it as safetensors`,
  );
}

function describe([first, ...more]: readonly (string | undefined)[]): string {
  return more.length === 0 ? String(first) : `${first} and ${more.length} more such parts`;
}

function onePairAModule(deltas: readonly LoraDelta[], model: TransformerConfig | undefined): Pair[] {
  const byModule = new Map<string, Part[]>();
  for (const delta of deltas) {
    const linear = peftModule(delta.layer, delta.target, model);
    byModule.set(linear.module, [...(byModule.get(linear.module) ?? []), { delta, linear }]);
  }
  return [...byModule].map(([module, [first, ...more]]) => {
    if (first === undefined) throw new Error(`${module} has no pair`);
    return stacked(module, [first, ...more]);
  });
}

/** A pair of one linear layer and where it lies in PEFT's module. */
interface Part {
  delta: LoraDelta;
  linear: PeftModule;
}

/** s·Σ b'·a as one pair with the first one's scale s: the a above each other, each b beside the other times its scale / s. */
function stacked(module: string, parts: readonly [Part, ...Part[]]): Pair {
  const first = parts[0].delta.scale;
  // PEFT's alpha is positive.
  const scale = first > 0 ? first : 1;
  const a = matrixOf(() => tf.concat(parts.map(({ delta }) => delta.a)));
  const b = matrixOf(() => {
    const counted = parts.map(({ delta, linear }) =>
      tf.mul<Tensor2D>(amongOutputs(delta.b, linear), delta.scale / scale),
    );
    return tf.concat(counted, 1);
  });
  return { module, rank: a.shape[0], scale, a, b };
}

/** b [out, r] among all outputs of its module, zeros elsewhere. */
function amongOutputs(b: Tensor2D, { rows, moduleRows }: PeftModule): Tensor2D {
  if (rows === undefined || moduleRows === undefined) return b;
  return tf.unsortedSegmentSum(b, tf.tensor1d(rows, 'int32'), moduleRows);
}

function matrixOf(make: () => Tensor2D): Matrix {
  const tensor = tf.tidy(make);
  const values = Float32Array.from(tensor.dataSync<'float32'>());
  tensor.dispose();
  return { shape: tensor.shape, values };
}

/** Rank and alpha of the first pair for all, with patterns for the modules that differ; alpha = scale · rank. */
function configOf(pairs: readonly Pair[], base: string): Record<string, unknown> {
  const [first] = pairs;
  const rank = first?.rank ?? 0;
  const alpha = (first?.scale ?? 0) * rank;
  const differing = (of: (pair: Pair) => number, usual: number) =>
    Object.fromEntries(pairs.filter((pair) => of(pair) !== usual).map((pair) => [pair.module, of(pair)]));
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: base,
    inference_mode: true,
    target_modules: pairs.map(({ module }) => module),
    r: rank,
    lora_alpha: alpha,
    rank_pattern: differing((pair) => pair.rank, rank),
    alpha_pattern: differing((pair) => pair.scale * pair.rank, alpha),
    use_rslora: false,
    lora_dropout: 0,
    bias: 'none',
    fan_in_fan_out: false,
  };
}
