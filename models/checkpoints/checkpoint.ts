import type { TransformerConfig } from '../config.js';
import type { TokenizerSource } from '../tokenizer.js';

/** A dense tensor in row-major order. */
export interface TensorValues {
  shape: number[];
  values: Float32Array<ArrayBuffer>;
}

/**
 * Weights of a language model on disk, whatever the file format. Tensors carry Hugging Face's names and its
 * [out, in] layout: `model.embed_tokens.weight`, `model.layers.K.self_attn.q_proj.weight`, …, `model.norm.weight`,
 * `lm_head.weight` (absent when embeddings are tied).
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
  const { hidden, intermediate, vocabulary } = config;
  const shapes = new Map<string, number[]>([['model.embed_tokens.weight', [vocabulary, hidden]]]);
  const linear = (name: string, [out, input]: [number, number], bias: boolean) => {
    shapes.set(`${name}.weight`, [out, input]);
    if (bias) shapes.set(`${name}.bias`, [out]);
  };
  const queries = config.heads * config.headDim;
  const keys = config.kvHeads * config.headDim;
  for (let layer = 0; layer < config.layers; layer++) {
    const block = `model.layers.${layer}`;
    shapes.set(`${block}.input_layernorm.weight`, [hidden]);
    linear(`${block}.self_attn.q_proj`, [queries, hidden], config.attentionBias);
    linear(`${block}.self_attn.k_proj`, [keys, hidden], config.attentionBias);
    linear(`${block}.self_attn.v_proj`, [keys, hidden], config.attentionBias);
    linear(`${block}.self_attn.o_proj`, [hidden, queries], config.attentionBias);
    shapes.set(`${block}.post_attention_layernorm.weight`, [hidden]);
    linear(`${block}.mlp.gate_proj`, [intermediate, hidden], config.mlpBias);
    linear(`${block}.mlp.up_proj`, [intermediate, hidden], config.mlpBias);
    linear(`${block}.mlp.down_proj`, [hidden, intermediate], config.mlpBias);
  }
  shapes.set('model.norm.weight', [hidden]);
  if (!config.tiedEmbeddings) shapes.set('lm_head.weight', [vocabulary, hidden]);
  return shapes;
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
