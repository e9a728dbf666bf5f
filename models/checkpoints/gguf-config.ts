import { z } from 'zod';
import { LinearTarget } from '../../schemas/treatment.js';
import { type BlockDesign, consistentConfig, llamaBlock, type TransformerConfig } from '../config.js';
import { alternating, GEMMA3_NEAR_THETA, GEMMA3_PATTERN, gemma3Block } from '../families/gemma3.js';
import type { GgufFile } from './gguf-file.js';
import { ggufRopeScaling } from './gguf-rope.js';

/**
 * Reads a model's shape from GGUF metadata.
 * @throws when the architecture is unknown, a field is missing or of another type, or the rotary scaling is unknown
 */
export function configFromGguf(file: GgufFile): TransformerConfig {
  const architecture = String(file.metadata.get('general.architecture'));
  const design = DESIGNS.get(architecture);
  if (design === undefined) {
    throw new Error(
      `${file.place}: general.architecture is "${architecture}", expected one of ${[...DESIGNS.keys()].join(', ')}; use a checkpoint of such a model`,
    );
  }
  const fields = parseFields(file, architecture);
  const heads = fields['attention.head_count'];
  const headDim = fields['attention.key_length'] ?? fields.embedding_length / heads;
  checkHeads(fields, { headDim, name: (key) => `${file.place}: ${architecture}.${key}` });
  const theta = fields['rope.freq_base'];
  const type = fields['rope.scaling.type'];
  const factor = fields['rope.scaling.factor'] ?? fields['rope.scale_linear'];
  const scaling = ggufRopeScaling(file, { headDim, theta, type, factor });
  const bosTokenId = fields['tokenizer.ggml.bos_token_id'];
  const ends = [fields['tokenizer.ggml.eos_token_id'], fields['tokenizer.ggml.eot_token_id']];
  const config: TransformerConfig = {
    architecture,
    layers: fields.block_count,
    hidden: fields.embedding_length,
    heads,
    kvHeads: fields['attention.head_count_kv'] ?? heads,
    headDim,
    intermediate: fields.feed_forward_length,
    vocabulary: vocabularySize(file),
    normEpsilon: fields['attention.layer_norm_rms_epsilon'],
    tiedEmbeddings: !file.shapes.has('output.weight'),
    contextLength: fields.context_length,
    rope: scaling === undefined ? { theta } : { theta, scaling },
    block: { ...design, biases: biasesOf(file) },
    ...(architecture === 'gemma3' && gemma3Parts(fields, headDim, file.place)),
    ...(bosTokenId === undefined ? {} : { bosTokenId }),
    eosTokenIds: [...new Set(ends.filter((id) => id !== undefined))],
  };
  return consistentConfig(config, file.place);
}

/** What blocks are made of, by `general.architecture`; biases are known from the tensors. */
const DESIGNS: ReadonlyMap<string, BlockDesign> = new Map([
  ['llama', llamaBlock],
  ['qwen2', llamaBlock],
  ['qwen3', { ...llamaBlock, headNorms: true }],
  ['gemma3', gemma3Block],
]);

// GGUF does not state which layers have a bias: a file has it or not.
const GGUF_LINEARS: Record<LinearTarget, string> = {
  q_proj: 'attn_q',
  k_proj: 'attn_k',
  v_proj: 'attn_v',
  o_proj: 'attn_output',
  gate_proj: 'ffn_gate',
  up_proj: 'ffn_up',
  down_proj: 'ffn_down',
};

function biasesOf(file: GgufFile): LinearTarget[] {
  return LinearTarget.options.filter((target) => file.shapes.has(`blk.0.${GGUF_LINEARS[target]}.bias`));
}

/** Of its sizes the one with this many layers alone divides its queries by another number than the root of a head's channels. */
const GEMMA3_27B_LAYERS = 62;

// GGUF leaves to the program what llama.cpp knows of Gemma 3 (llama-model.cpp): pattern, near base and attention scale.
function gemma3Parts(fields: Fields, headDim: number, place: string) {
  const { block_count: layers, embedding_length: hidden, 'attention.sliding_window': window } = fields;
  if (window === undefined)
    throw new Error(
      `${place}: metadata gemma3.attention.sliding_window is missing, expected a number of tokens; fetch the model anew`,
    );
  const scalar = layers === GEMMA3_27B_LAYERS ? hidden / fields['attention.head_count'] : headDim;
  return {
    attentionScale: 1 / Math.sqrt(scalar),
    embeddingScale: Math.sqrt(hidden),
    near: {
      window,
      layers: alternating(layers, GEMMA3_PATTERN),
      rope: { theta: fields['rope.freq_base_swa'] ?? GEMMA3_NEAR_THETA },
    },
  };
}

// Integers above 32 bits arrive as bigint.
const Count = z.union([z.number(), z.bigint().transform(Number)]).pipe(z.number().int().positive());
const TokenId = z.union([z.number(), z.bigint().transform(Number)]).pipe(z.number().int().nonnegative());
const absent = z.never('the decoder does not compute it').optional();

// Without the architecture before their names; defaults are those of llama.cpp.
const Fields = z.object({
  block_count: Count,
  context_length: Count,
  embedding_length: Count,
  feed_forward_length: Count,
  'attention.head_count': Count,
  'attention.head_count_kv': Count.optional(),
  'attention.key_length': Count.optional(),
  'attention.value_length': Count.optional(),
  'attention.layer_norm_rms_epsilon': z.number().positive(),
  'attention.sliding_window': Count.optional(),
  'rope.dimension_count': Count.optional(),
  'rope.freq_base': z.number().positive().default(10_000),
  'rope.freq_base_swa': z.number().positive().optional(),
  'rope.scaling.type': z.string().optional(),
  'rope.scaling.factor': z.number().positive().optional(),
  'rope.scale_linear': z.number().positive().optional(),
  attn_logit_softcapping: absent,
  final_logit_softcapping: absent,
  expert_count: absent,
  'tokenizer.ggml.bos_token_id': TokenId.optional(),
  'tokenizer.ggml.eos_token_id': TokenId.optional(),
  'tokenizer.ggml.eot_token_id': TokenId.optional(),
});
type Fields = z.infer<typeof Fields>;

function parseFields(file: GgufFile, architecture: string): Fields {
  const prefix = `${architecture}.`;
  const own = [...file.metadata].map(([key, value]) => [
    key.startsWith(prefix) ? key.slice(prefix.length) : key,
    value,
  ]);
  const parsed = Fields.safeParse(Object.fromEntries(own));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = String(issue?.path[0]);
  const key = field.startsWith('tokenizer.') ? field : `${prefix}${field}`;
  const found = file.metadata.has(key) ? `is ${String(file.metadata.get(key))}` : 'is missing';
  throw new Error(`${file.place}: metadata ${key} ${found}: ${issue?.message}; fetch the model anew`);
}

/** All channels of a head turn, and values have as many as keys. */
function checkHeads(
  fields: Fields,
  { headDim, name }: { headDim: number; name: (key: string) => string },
): void {
  for (const key of ['rope.dimension_count', 'attention.value_length'] as const) {
    const found = fields[key] ?? headDim;
    if (found !== headDim)
      throw new Error(`${name(key)} is ${found}, expected the head dimension ${headDim}`);
  }
}

function vocabularySize(file: GgufFile): number {
  const rows = file.shapes.get('token_embd.weight')?.[0];
  if (rows === undefined)
    throw new Error(`${file.place}: tensor token_embd.weight is missing; fetch the model anew`);
  return rows;
}
