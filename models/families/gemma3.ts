import { z } from 'zod';
import type { LinearTarget } from '../../schemas/treatment.js';
import type { BlockDesign } from '../config.js';
import { off, parseFields, RopeFields, ropeOf, Size, sharedConfig, sharedFields } from './config-fields.js';
import type { Family } from './family.js';

/** Gemma 3's block (Gemma Team 2025, §2). */
export const gemma3Block: BlockDesign = {
  norm: 'rms-from-one',
  outputNorms: true,
  headNorms: true,
  unit: 'geglu',
  parallel: false,
  biases: [],
};

/** Every so many blocks one sees all tokens, unless a checkpoint says otherwise. */
export const GEMMA3_PATTERN = 6;

/** Base of the rotary embedding of near blocks, unless a checkpoint says otherwise. */
export const GEMMA3_NEAR_THETA = 10_000;

const ATTENTION: LinearTarget[] = ['q_proj', 'k_proj', 'v_proj', 'o_proj'];

// Defaults are those of transformers' Gemma3TextConfig.
const Fields = z.object({
  ...sharedFields,
  num_key_value_heads: Size,
  head_dim: Size.default(256),
  rms_norm_eps: z.number().positive().default(1e-6),
  tie_word_embeddings: z.boolean().default(true),
  max_position_embeddings: Size.default(131_072),
  hidden_activation: z.literal('gelu_pytorch_tanh').default('gelu_pytorch_tanh'),
  query_pre_attn_scalar: z.number().positive().default(256),
  attention_bias: z.boolean().default(false),
  sliding_window: Size.default(4096),
  sliding_window_pattern: Size.optional(),
  _sliding_window_pattern: Size.optional(),
  layer_types: z.array(z.enum(['full_attention', 'sliding_attention'])).nullish(),
  rope_local_base_freq: z.number().positive().default(GEMMA3_NEAR_THETA),
  rope_parameters: z.object({ full_attention: RopeFields, sliding_attention: RopeFields }).nullish(),
  attn_logit_softcapping: off,
  final_logit_softcapping: off,
  use_bidirectional_attention: off,
});

/** Gemma 3's text models; those that read images have another `model_type`. */
export const gemma3: Family = {
  name: 'gemma3',
  modelType: 'gemma3_text',
  parse(json, place) {
    const fields = parseFields(Fields, json, place);
    const all = fields.rope_parameters?.full_attention ?? fields.rope_scaling ?? {};
    const near = fields.rope_parameters?.sliding_attention ?? {};
    return {
      architecture: 'gemma3',
      ...sharedConfig(fields),
      kvHeads: fields.num_key_value_heads,
      headDim: fields.head_dim,
      normEpsilon: fields.rms_norm_eps,
      tiedEmbeddings: fields.tie_word_embeddings,
      contextLength: fields.max_position_embeddings,
      rope: ropeOf(all, { theta: fields.rope_theta ?? 1_000_000, place }),
      block: { ...gemma3Block, biases: fields.attention_bias ? ATTENTION : [] },
      attentionScale: 1 / Math.sqrt(fields.query_pre_attn_scalar),
      embeddingScale: Math.sqrt(fields.hidden_size),
      near: {
        window: fields.sliding_window,
        layers: nearLayers(fields),
        rope: ropeOf(near, { theta: fields.rope_local_base_freq, place }),
      },
    };
  },
};

function nearLayers(fields: z.output<typeof Fields>): boolean[] {
  if (fields.layer_types) return fields.layer_types.map((type) => type === 'sliding_attention');
  const pattern = fields.sliding_window_pattern ?? fields._sliding_window_pattern ?? GEMMA3_PATTERN;
  return alternating(fields.num_hidden_layers, pattern);
}

/** Near blocks, but for every `pattern`-th. */
export function alternating(layers: number, pattern: number): boolean[] {
  return Array.from({ length: layers }, (_, layer) => (layer + 1) % pattern !== 0);
}
