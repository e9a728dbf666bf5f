import { z } from 'zod';
import type { LinearTarget } from '../../schemas/treatment.js';
import type { MlpUnitKind, TransformerConfig } from '../config.js';
import { parseFields, RopeFields, ropeOf, Size, sharedConfig, sharedFields } from './config-fields.js';
import type { Family, StoredTensor } from './family.js';

const UNITS = {
  gelu: 'gelu',
  gelu_new: 'gelu-tanh',
  gelu_fast: 'gelu-tanh',
  gelu_pytorch_tanh: 'gelu-tanh',
} as const satisfies Record<string, MlpUnitKind>;

// Defaults are those of transformers' GPTNeoXConfig.
const Fields = z.object({
  ...sharedFields,
  layer_norm_eps: z.number().positive().default(1e-5),
  tie_word_embeddings: z.boolean().default(false),
  max_position_embeddings: Size.default(2048),
  hidden_act: z.enum(['gelu', 'gelu_new', 'gelu_fast', 'gelu_pytorch_tanh']).default('gelu'),
  use_parallel_residual: z.boolean().default(true),
  attention_bias: z.boolean().default(true),
  rotary_pct: z.number().positive().max(1).default(0.25),
  rotary_emb_base: z.number().positive().optional(),
  rope_parameters: RopeFields.nullish(),
});

/** GPT-NeoX and Pythia (Black et al. 2022, §2.1; Biderman et al. 2023). */
export const gptNeox: Family = {
  name: 'gpt-neox',
  modelType: 'gpt_neox',
  parse(json, place) {
    const fields = parseFields(Fields, json, place);
    const headDim = fields.hidden_size / fields.num_attention_heads;
    const rope = fields.rope_parameters ?? fields.rope_scaling ?? {};
    const channels = Math.floor(headDim * (rope.partial_rotary_factor ?? fields.rotary_pct));
    const attention: LinearTarget[] = fields.attention_bias ? ['q_proj', 'k_proj', 'v_proj', 'o_proj'] : [];
    return {
      architecture: 'gpt-neox',
      ...sharedConfig(fields),
      kvHeads: fields.num_attention_heads,
      headDim,
      normEpsilon: fields.layer_norm_eps,
      tiedEmbeddings: fields.tie_word_embeddings,
      contextLength: fields.max_position_embeddings,
      rope: { ...ropeOf(rope, { theta: fields.rotary_emb_base ?? fields.rope_theta, place }), channels },
      block: {
        norm: 'layer',
        outputNorms: false,
        headNorms: false,
        unit: UNITS[fields.hidden_act],
        parallel: fields.use_parallel_residual,
        biases: [...attention, 'up_proj', 'down_proj'],
      },
    };
  },
  stored: storedTensor,
  // Masks and frequencies that older checkpoints carry along.
  redundant: /\.attention\.(bias|masked_bias|rotary_emb\.inv_freq)$/,
};

const TOP_LEVEL: Readonly<Record<string, string>> = {
  'model.embed_tokens': 'gpt_neox.embed_in',
  'model.norm': 'gpt_neox.final_layer_norm',
  lm_head: 'embed_out',
};

const PARTS: Readonly<Record<string, string>> = {
  input_layernorm: 'input_layernorm',
  post_attention_layernorm: 'post_attention_layernorm',
  'self_attn.o_proj': 'attention.dense',
  'mlp.up_proj': 'mlp.dense_h_to_4h',
  'mlp.down_proj': 'mlp.dense_4h_to_h',
};

const FUSED: readonly string[] = ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'];

function storedTensor(name: string, config: TransformerConfig): StoredTensor {
  const [, layer, part = '', kind] = /^model\.layers\.(\d+)\.(.+)\.(weight|bias)$/.exec(name) ?? [];
  if (layer === undefined) {
    const [, own = name, suffix] = /^(.+)\.(weight|bias)$/.exec(name) ?? [];
    return { name: `${TOP_LEVEL[own] ?? own}.${suffix}` };
  }
  const block = `gpt_neox.layers.${layer}`;
  const place = FUSED.indexOf(part);
  if (place < 0) return { name: `${block}.${PARTS[part] ?? part}.${kind}` };
  return { name: `${block}.attention.query_key_value.${kind}`, ...fusedRows(config, place) };
}

/**
 * Queries, keys and values are one matrix there, head by head: its query's rows, its key's, its value's, D each. Of the D
 * the first R turn, channel j with j + R/2; here, where j turns with j + D/2, they are put apart by D/2, queries and keys
 * alike, so that their products stay the same.
 */
function fusedRows(
  { heads, headDim, rope }: TransformerConfig,
  place: number,
): Required<Omit<StoredTensor, 'name'>> {
  const isTurned = place < 2;
  const order = isTurned ? halvesApart(headDim, rope.channels ?? headDim) : [...Array(headDim).keys()];
  const rows = Int32Array.from({ length: heads * headDim }, (_, row) => {
    const head = Math.floor(row / headDim);
    return (3 * head + place) * headDim + (order[row % headDim] ?? 0);
  });
  return { rows, storedRows: 3 * heads * headDim };
}

/** For every channel of a head here its channel there: [first half of the turned, half of the others] twice. */
function halvesApart(headDim: number, turned: number): number[] {
  const half = (part: 0 | 1) => [
    ...Array.from({ length: turned / 2 }, (_, j) => (part * turned) / 2 + j),
    ...Array.from({ length: (headDim - turned) / 2 }, (_, j) => turned + (part * (headDim - turned)) / 2 + j),
  ];
  return [...half(0), ...half(1)];
}
