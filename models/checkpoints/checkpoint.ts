import type { LinearTarget } from '../../schemas/treatment.js';
import { blockName, blockNorms, linearTargets, targetModules } from '../block-names.js';
import type { TransformerConfig } from '../config.js';
import type { TokenizerSource } from '../tokenizer.js';

/** A dense tensor in row-major order. */
export interface TensorValues {
  shape: number[];
  values: Float32Array<ArrayBuffer>;
}

/**
 * Weights of a language model on disk, whatever the file format. Tensors carry the names of Llama's checkpoints and its
 * [out, in] layout, whatever the family: `model.embed_tokens.weight`, `model.layers.K.self_attn.q_proj.weight`, …,
 * `model.norm.weight`, `lm_head.weight` (absent when embeddings are tied).
 */
export interface Checkpoint {
  config: TransformerConfig;
  /** SHA-256 over config, weight and tokenizer files; equal digests mean equal models. */
  digest: string;
  tensorNames: string[];
  /** Reads one tensor from disk as float32, dequantised where the file holds quantised blocks. */
  read(name: string): TensorValues;
  tokenizer?: TokenizerSource;
  licence?: string;
}

/** Names and shapes of the tensors that a model of this config consists of, in the order of the forward pass. */
export function expectedTensors(config: TransformerConfig): Map<string, number[]> {
  const { hidden, vocabulary, block } = config;
  const shapes = new Map<string, number[]>([['model.embed_tokens.weight', [vocabulary, hidden]]]);
  const norm = (name: string, channels = hidden) => {
    shapes.set(`${name}.weight`, [channels]);
    if (block.norm === 'layer') shapes.set(`${name}.bias`, [channels]);
  };
  const linear = (name: string, target: LinearTarget) => {
    const [out, input] = linearShape(config, target);
    shapes.set(`${name}.${targetModules[target]}.weight`, [out, input]);
    if (block.biases.includes(target)) shapes.set(`${name}.${targetModules[target]}.bias`, [out]);
  };
  const norms = blockNorms(config);
  for (let layer = 0; layer < config.layers; layer++) {
    const name = blockName(layer);
    norm(`${name}.${norms.attention}`);
    for (const target of linearTargets(config).filter(isOfAttention)) linear(name, target);
    for (const own of [norms.query, norms.key]) if (own !== undefined) norm(`${name}.${own}`, config.headDim);
    if (norms.attentionOutput !== undefined) norm(`${name}.${norms.attentionOutput}`);
    norm(`${name}.${norms.mlp}`);
    for (const target of linearTargets(config)) if (!isOfAttention(target)) linear(name, target);
    if (norms.mlpOutput !== undefined) norm(`${name}.${norms.mlpOutput}`);
  }
  norm('model.norm');
  if (!config.tiedEmbeddings) shapes.set('lm_head.weight', [vocabulary, hidden]);
  return shapes;
}

function isOfAttention(target: LinearTarget): boolean {
  return targetModules[target].startsWith('self_attn.');
}

/** [out, in] of a linear layer. */
function linearShape(config: TransformerConfig, target: LinearTarget): [number, number] {
  const { hidden, intermediate, heads, kvHeads, headDim } = config;
  const shapes: Record<LinearTarget, [number, number]> = {
    q_proj: [heads * headDim, hidden],
    k_proj: [kvHeads * headDim, hidden],
    v_proj: [kvHeads * headDim, hidden],
    o_proj: [hidden, heads * headDim],
    gate_proj: [intermediate, hidden],
    up_proj: [intermediate, hidden],
    down_proj: [hidden, intermediate],
  };
  return shapes[target];
}

/** Weights of a model of this config. */
export function parameterCount(config: TransformerConfig): number {
  const shapes = [...expectedTensors(config).values()];
  return shapes.reduce((sum, shape) => sum + shape.reduce((size, axis) => size * axis, 1), 0);
}

/**
 * Compares the tensors found in a checkpoint with those its config asks for.
 * @param found Hugging Face name → shape
 * @returns the expected names, in the order of the forward pass
 * @throws on a missing tensor, a shape that differs, or a tensor that no part of the model would use
 */
export function checkTensors(
  config: TransformerConfig,
  found: ReadonlyMap<string, readonly number[]>,
  place: string,
): string[] {
  const expected = expectedTensors(config);
  for (const [name, shape] of expected) {
    const actual = found.get(name);
    if (actual === undefined) {
      throw new Error(
        `${place}: tensor ${name} is missing, expected one of shape [${shape}]; fetch the model anew`,
      );
    }
    if (actual.length !== shape.length || actual.some((size, axis) => size !== shape[axis])) {
      throw new Error(`${place}: tensor ${name} has shape [${actual}], expected [${shape}] by its config`);
    }
  }
  const unused = [...found.keys()].find((name) => !expected.has(name) && !isRedundant(name, config));
  if (unused !== undefined) {
    throw new Error(
      `${place}: tensor ${unused} of shape [${found.get(unused)}] has no place in a ${config.architecture} model of this config; leaving it out would change the model`,
    );
  }
  return [...expected.keys()];
}

// Older exports store rotary frequencies, and some store the tied output projection a second time.
function isRedundant(name: string, config: TransformerConfig): boolean {
  return name.endsWith('.rotary_emb.inv_freq') || (name === 'lm_head.weight' && config.tiedEmbeddings);
}
