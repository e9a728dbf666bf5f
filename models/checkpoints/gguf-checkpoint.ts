import { blockName, blockNorms, targetModules } from '../block-names.js';
import type { TransformerConfig } from '../config.js';
import { type Checkpoint, checkTensors, type TensorValues } from './checkpoint.js';
import { configFromGguf } from './gguf-config.js';
import { openGguf } from './gguf-file.js';
import { tokenizerFromGguf } from './gguf-tokenizer.js';

/**
 * Opens a GGUF file as a checkpoint with the model's names and row order.
 * @throws when the file is damaged or its tensors are not those of its config
 */
export async function readGgufCheckpoint(path: string, digest: string): Promise<Checkpoint> {
  const file = await openGguf(path);
  const config = configFromGguf(file);
  const parts = blockParts(config);
  const ggufNames = new Map([...file.shapes.keys()].map((name) => [modelName(name, parts), name]));
  ggufNames.delete(ROTARY_DIVISORS);
  const shapes = new Map([...ggufNames].map(([name, ggufName]) => [name, file.shapes.get(ggufName) ?? []]));
  const tensorNames = checkTensors(config, shapes, path);
  const tokenizer = tokenizerFromGguf(file);
  const licence = file.metadata.get('general.license');
  return {
    config,
    digest,
    tensorNames,
    read(name) {
      const tensor = file.read(ggufNames.get(name) ?? name);
      if (config.block.norm === 'rms-from-one' && NORM.test(name)) return fromOne(tensor);
      if (config.architecture !== 'llama') return tensor;
      if (PERMUTED_QUERY.test(name)) return unpermuteRows(tensor, config.heads);
      if (PERMUTED_KEY.test(name)) return unpermuteRows(tensor, config.kvHeads);
      return tensor;
    },
    ...(tokenizer === undefined ? {} : { tokenizer }),
    ...(typeof licence === 'string' ? { licence } : {}),
  };
}

const NORM = /norm\.weight$/;

/** GGUF holds what a norm multiplies by, the model its difference from 1. */
function fromOne({ shape, values }: TensorValues): TensorValues {
  return { shape, values: values.map((value) => value - 1) };
}

// Its values are part of the config.
const ROTARY_DIVISORS = 'rope_freqs.weight';
const PERMUTED_QUERY = /\.self_attn\.q_proj\.(weight|bias)$/;
const PERMUTED_KEY = /\.self_attn\.k_proj\.(weight|bias)$/;

const TOP_LEVEL: Readonly<Record<string, string>> = {
  'token_embd.weight': 'model.embed_tokens.weight',
  'output_norm.weight': 'model.norm.weight',
  'output.weight': 'lm_head.weight',
};

/** The places of a block's parts within it, by their names in GGUF. */
function blockParts(config: TransformerConfig): ReadonlyMap<string, string> {
  const norms = blockNorms(config);
  const parts: [string, string | undefined][] = [
    ['attn_norm', norms.attention],
    ['attn_q', targetModules.q_proj],
    ['attn_k', targetModules.k_proj],
    ['attn_v', targetModules.v_proj],
    ['attn_q_norm', norms.query],
    ['attn_k_norm', norms.key],
    ['attn_output', targetModules.o_proj],
    ['post_attention_norm', norms.attentionOutput],
    ['ffn_norm', norms.mlp],
    ['ffn_gate', targetModules.gate_proj],
    ['ffn_up', targetModules.up_proj],
    ['ffn_down', targetModules.down_proj],
    ['post_ffw_norm', norms.mlpOutput],
  ];
  return new Map(parts.flatMap(([gguf, own]) => (own === undefined ? [] : [[gguf, own]])));
}

// A name without a counterpart is kept, so that the check of the tensors reports it as the file has it.
function modelName(ggufName: string, parts: ReadonlyMap<string, string>): string {
  const match = /^blk\.(\d+)\.(\w+)\.(weight|bias)$/.exec(ggufName);
  const part = match === null ? undefined : parts.get(match[2] ?? '');
  if (match === null || part === undefined) return TOP_LEVEL[ggufName] ?? ggufName;
  return `${blockName(Number(match[1]))}.${part}.${match[3]}`;
}

/**
 * Undoes the row order of Llama's query and key projections in GGUF: there the two halves of each head, which the
 * rotary embedding turns against each other, are interleaved (row 2i + j of a head holds row j·D/2 + i).
 * @param tensor [heads · D, in] or [heads · D]
 */
export function unpermuteRows(tensor: TensorValues, heads: number): TensorValues {
  const rows = tensor.shape[0] ?? 0;
  const headDim = rows / heads;
  const rowLength = tensor.values.length / rows;
  const values = new Float32Array(tensor.values.length);
  for (let row = 0; row < rows; row++) {
    const inHead = row % headDim;
    const target = row - inHead + (inHead % 2) * (headDim / 2) + (inHead >> 1);
    values.set(tensor.values.subarray(row * rowLength, (row + 1) * rowLength), target * rowLength);
  }
  return { shape: tensor.shape, values };
}
