import { z } from 'zod';
import { LinearTarget } from '../../schemas/treatment.js';
import { consistentConfig, llamaBlock, type RopeScaling, type TransformerConfig } from '../config.js';
import type { GgufFile } from './gguf-file.js';

/**
 * Reads a model's shape from GGUF metadata.
 * @throws when the architecture is not Llama's, a field is missing or of another type, or the rotary scaling is unknown
 */
export function configFromGguf(file: GgufFile): TransformerConfig {
  const architecture = file.metadata.get('general.architecture');
  if (architecture !== 'llama') {
    throw new Error(
      `${file.place}: general.architecture is ${JSON.stringify(architecture)}, expected "llama"; use a checkpoint of the Llama architecture`,
    );
  }
  const fields = parseFields(file);
  const heads = fields['llama.attention.head_count'];
  const headDim = fields['llama.attention.key_length'] ?? fields['llama.embedding_length'] / heads;
  if (headDim !== (fields['llama.rope.dimension_count'] ?? headDim)) {
    throw new Error(
      `${file.place}: llama.rope.dimension_count is ${fields['llama.rope.dimension_count']}, expected the head dimension ${headDim}`,
    );
  }
  const theta = fields['llama.rope.freq_base'];
  const scaling = ropeScaling(file, { fields, headDim, theta });
  const bosTokenId = fields['tokenizer.ggml.bos_token_id'];
  const ends = [fields['tokenizer.ggml.eos_token_id'], fields['tokenizer.ggml.eot_token_id']];
  const config: TransformerConfig = {
    architecture,
    layers: fields['llama.block_count'],
    hidden: fields['llama.embedding_length'],
    heads,
    kvHeads: fields['llama.attention.head_count_kv'] ?? heads,
    headDim,
    intermediate: fields['llama.feed_forward_length'],
    vocabulary: vocabularySize(file),
    normEpsilon: fields['llama.attention.layer_norm_rms_epsilon'],
    tiedEmbeddings: !file.shapes.has('output.weight'),
    contextLength: fields['llama.context_length'],
    rope: scaling === undefined ? { theta } : { theta, scaling },
    block: { ...llamaBlock, biases: biasesOf(file) },
    ...(bosTokenId === undefined ? {} : { bosTokenId }),
    eosTokenIds: [...new Set(ends.filter((id) => id !== undefined))],
  };
  return consistentConfig(config, file.place);
}

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

// Integers above 32 bits arrive as bigint.
const Count = z.union([z.number(), z.bigint().transform(Number)]).pipe(z.number().int().positive());
const TokenId = z.union([z.number(), z.bigint().transform(Number)]).pipe(z.number().int().nonnegative());

// Defaults are those of llama.cpp.
const Fields = z.object({
  'llama.block_count': Count,
  'llama.context_length': Count,
  'llama.embedding_length': Count,
  'llama.feed_forward_length': Count,
  'llama.attention.head_count': Count,
  'llama.attention.head_count_kv': Count.optional(),
  'llama.attention.key_length': Count.optional(),
  'llama.attention.layer_norm_rms_epsilon': z.number().positive(),
  'llama.rope.dimension_count': Count.optional(),
  'llama.rope.freq_base': z.number().positive().default(10_000),
  'llama.rope.scaling.type': z.string().optional(),
  'llama.rope.scaling.factor': z.number().positive().optional(),
  'tokenizer.ggml.bos_token_id': TokenId.optional(),
  'tokenizer.ggml.eos_token_id': TokenId.optional(),
  'tokenizer.ggml.eot_token_id': TokenId.optional(),
});
type Fields = z.infer<typeof Fields>;

function parseFields(file: GgufFile): Fields {
  const parsed = Fields.safeParse(Object.fromEntries(file.metadata));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const key = String(issue?.path[0]);
  const found = file.metadata.has(key) ? `is ${String(file.metadata.get(key))}` : 'is missing';
  throw new Error(`${file.place}: metadata ${key} ${found}: ${issue?.message}; fetch the model anew`);
}

function vocabularySize(file: GgufFile): number {
  const rows = file.shapes.get('token_embd.weight')?.[0];
  if (rows === undefined)
    throw new Error(`${file.place}: tensor token_embd.weight is missing; fetch the model anew`);
  return rows;
}

function ropeScaling(
  file: GgufFile,
  rope: { fields: Fields; headDim: number; theta: number },
): RopeScaling | undefined {
  if (file.shapes.has('rope_freqs.weight')) return llama3Scaling(file, rope);
  const type = rope.fields['llama.rope.scaling.type'] ?? 'none';
  const factor = rope.fields['llama.rope.scaling.factor'];
  if (type === 'none' || (type === 'linear' && factor === 1)) return undefined;
  if (type === 'linear' && factor !== undefined) return { type, factor };
  throw new Error(
    `${file.place}: rotary scaling is "${type}" with factor ${factor}, expected "none" or "linear" with a factor`,
  );
}

/**
 * Llama 3's scaling is stored in GGUF only as the divisor of each rotary frequency. All of Meta's releases share
 * the three constants below and differ in the factor, the largest divisor; anything else is refused.
 */
function llama3Scaling(file: GgufFile, rope: { headDim: number; theta: number }): RopeScaling {
  const { values: divisors } = file.read('rope_freqs.weight');
  const scaling = {
    type: 'llama3',
    factor: Math.max(...divisors),
    lowFrequencyFactor: 1,
    highFrequencyFactor: 4,
    originalContextLength: 8192,
  } as const;
  const agrees =
    divisors.length === rope.headDim / 2 &&
    divisors.every((divisor, i) => Math.abs(divisor / llama3Divisor(scaling, rope, i) - 1) < 1e-4);
  if (agrees) return scaling;
  throw new Error(
    `${file.place}: tensor rope_freqs.weight is not Llama 3's scaling by ${scaling.factor} from 8192 tokens; use the safetensors checkpoint, whose config states the scaling`,
  );
}

// Frequencies above the high bound are kept, those below the low bound are divided by the factor, between them the
// two are blended (transformers, modeling_rope_utils.py, _compute_llama3_parameters).
function llama3Divisor(
  scaling: Extract<RopeScaling, { type: 'llama3' }>,
  rope: { headDim: number; theta: number },
  index: number,
): number {
  const wavelength = 2 * Math.PI * rope.theta ** ((2 * index) / rope.headDim);
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContextLength } = scaling;
  const turns = originalContextLength / wavelength;
  const blend = Math.min(1, Math.max(0, (turns - low) / (high - low)));
  return 1 / ((1 - blend) / factor + blend);
}
