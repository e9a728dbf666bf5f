import { z } from 'zod';
import type { LinearTarget } from '../../schemas/treatment.js';
import { llamaBlock, type NearAttention, type Rope } from '../config.js';
import { off, parseFields, RopeFields, ropeOf, Size, sharedConfig, sharedFields } from './config-fields.js';
import type { Family } from './family.js';

// Llama, and the families whose `config.json` differs from Llama's in a few fields.

const ATTENTION: LinearTarget[] = ['q_proj', 'k_proj', 'v_proj', 'o_proj'];
const MLP: LinearTarget[] = ['gate_proj', 'up_proj', 'down_proj'];

const llamaFields = {
  ...sharedFields,
  num_key_value_heads: Size.nullish(),
  head_dim: Size.nullish(),
  rms_norm_eps: z.number().positive().default(1e-6),
  tie_word_embeddings: z.boolean().default(false),
  max_position_embeddings: Size,
  hidden_act: z.literal('silu').default('silu'),
  rope_parameters: RopeFields.nullish(),
  attention_bias: z.boolean().default(false),
};

// Defaults are those of transformers' configuration classes.
const LlamaFields = z.object({
  ...llamaFields,
  max_position_embeddings: Size.default(2048),
  mlp_bias: z.boolean().default(false),
});
const MistralFields = z.object({
  ...llamaFields,
  max_position_embeddings: Size.default(131_072),
  sliding_window: Size.nullable().default(4096),
});
const slidingFields = {
  max_position_embeddings: Size.default(32_768),
  use_sliding_window: z.boolean().default(false),
  sliding_window: Size.nullable().default(4096),
  max_window_layers: z.number().int().nonnegative().default(28),
  layer_types: z.array(z.enum(['full_attention', 'sliding_attention'])).nullish(),
};
const Qwen2Fields = z.object({ ...llamaFields, ...slidingFields, attention_bias: off });
const Qwen3Fields = z.object({ ...llamaFields, ...slidingFields, head_dim: Size.default(128) });

export const llama: Family = {
  name: 'llama',
  modelType: 'llama',
  parse(json, place) {
    const fields = parseFields(LlamaFields, json, place);
    const biases = [...(fields.attention_bias ? ATTENTION : []), ...(fields.mlp_bias ? MLP : [])];
    return {
      architecture: 'llama',
      ...likeLlama(fields, place),
      block: { ...llamaBlock, biases },
    };
  },
};

/** Llama with a window (Jiang et al. 2023, §2). */
export const mistral: Family = {
  name: 'mistral',
  modelType: 'mistral',
  parse(json, place) {
    const fields = parseFields(MistralFields, json, place);
    const config = likeLlama(fields, place);
    const layers = new Array<boolean>(config.layers).fill(true);
    const window = fields.sliding_window;
    return {
      architecture: 'mistral',
      ...config,
      block: { ...llamaBlock, biases: fields.attention_bias ? ATTENTION : [] },
      ...(window !== null && { near: { window, layers, rope: config.rope } }),
    };
  },
};

/** Qwen2 and Qwen2.5: biases of queries, keys and values (Yang et al. 2024, §2.2). */
export const qwen2: Family = {
  name: 'qwen2',
  modelType: 'qwen2',
  parse(json, place) {
    const fields = parseFields(Qwen2Fields, json, place);
    const config = likeLlama(fields, place);
    return {
      architecture: 'qwen2',
      ...config,
      block: { ...llamaBlock, biases: ['q_proj', 'k_proj', 'v_proj'] },
      ...slidingAttention(fields, config.rope, place),
    };
  },
};

/** Qwen3: norms of the heads instead of biases (Yang et al. 2025, §2). */
export const qwen3: Family = {
  name: 'qwen3',
  modelType: 'qwen3',
  parse(json, place) {
    const fields = parseFields(Qwen3Fields, json, place);
    const config = likeLlama(fields, place);
    return {
      architecture: 'qwen3',
      ...config,
      block: { ...llamaBlock, headNorms: true, biases: fields.attention_bias ? ATTENTION : [] },
      ...slidingAttention(fields, config.rope, place),
    };
  },
};

type LlamaFields = Omit<z.output<z.ZodObject<typeof llamaFields>>, 'attention_bias'>;

function likeLlama(fields: LlamaFields, place: string) {
  const rope = fields.rope_parameters ?? fields.rope_scaling ?? {};
  return {
    ...sharedConfig(fields),
    kvHeads: fields.num_key_value_heads ?? fields.num_attention_heads,
    headDim: fields.head_dim ?? fields.hidden_size / fields.num_attention_heads,
    normEpsilon: fields.rms_norm_eps,
    tiedEmbeddings: fields.tie_word_embeddings,
    contextLength: fields.max_position_embeddings,
    rope: ropeOf(rope, { theta: fields.rope_theta, place }),
  };
}

type SlidingFields = z.output<z.ZodObject<typeof slidingFields>> & { num_hidden_layers: number };

function slidingAttention(fields: SlidingFields, rope: Rope, place: string): { near?: NearAttention } {
  const { use_sliding_window: used, sliding_window: window, num_hidden_layers: layers } = fields;
  const near = Array.from({ length: layers }, (_, layer) =>
    fields.layer_types
      ? fields.layer_types[layer] === 'sliding_attention'
      : used && layer >= fields.max_window_layers,
  );
  if (!near.includes(true)) return {};
  if (window !== null) return { near: { window, layers: near, rope } };
  throw new Error(
    `${place}: some layers have sliding attention, but "sliding_window" is null, expected a number of tokens`,
  );
}
