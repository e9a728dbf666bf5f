import { z } from 'zod';

/** Rescaling of rotary frequencies for contexts longer than those of pre-training. */
export type RopeScaling =
  | {
      type: 'llama3';
      factor: number;
      lowFrequencyFactor: number;
      highFrequencyFactor: number;
      originalContextLength: number;
    }
  | { type: 'linear'; factor: number };

/** The shape of a decoder-only transformer; sizes in elements, lengths in tokens. */
export interface TransformerConfig {
  architecture: 'llama';
  layers: number;
  hidden: number;
  heads: number;
  /** Key/value heads; each serves heads / kvHeads query heads. */
  kvHeads: number;
  headDim: number;
  /** Width of the gated MLP. */
  intermediate: number;
  vocabulary: number;
  normEpsilon: number;
  /** The output projection is the embedding itself. */
  tiedEmbeddings: boolean;
  contextLength: number;
  rope: { theta: number; scaling?: RopeScaling };
  attentionBias: boolean;
  mlpBias: boolean;
  bosTokenId?: number;
  eosTokenIds: number[];
}

/**
 * Reads a Hugging Face `config.json` of the Llama family: the newer `rope_parameters` as well as the older
 * `rope_theta`/`rope_scaling`.
 * @param place names the file in errors
 * @throws when the architecture is another one or a size is missing, of the wrong type or inconsistent
 */
export function parseHuggingFaceConfig(json: unknown, place: string): TransformerConfig {
  const architecture = ArchitectureField.safeParse(json);
  const modelType = architecture.success ? architecture.data.model_type : undefined;
  if (modelType !== 'llama') {
    throw new Error(
      `${place}: model_type is ${JSON.stringify(modelType)}, expected "llama"; use a checkpoint of the Llama architecture`,
    );
  }
  const parsed = HuggingFaceLlama.safeParse(json);
  if (!parsed.success) throw new Error(`${place}: ${firstProblem(parsed.error)}`);
  const fields = parsed.data;
  const config: TransformerConfig = {
    architecture: 'llama',
    layers: fields.num_hidden_layers,
    hidden: fields.hidden_size,
    heads: fields.num_attention_heads,
    kvHeads: fields.num_key_value_heads ?? fields.num_attention_heads,
    headDim: fields.head_dim ?? fields.hidden_size / fields.num_attention_heads,
    intermediate: fields.intermediate_size,
    vocabulary: fields.vocab_size,
    normEpsilon: fields.rms_norm_eps,
    tiedEmbeddings: fields.tie_word_embeddings,
    contextLength: fields.max_position_embeddings,
    rope: ropeOf(fields, place),
    attentionBias: fields.attention_bias,
    mlpBias: fields.mlp_bias,
    ...(typeof fields.bos_token_id === 'number' ? { bosTokenId: fields.bos_token_id } : {}),
    eosTokenIds: [fields.eos_token_id ?? []].flat(),
  };
  return consistentConfig(config, place);
}

/**
 * Checks what the fields of a config must satisfy together.
 * @throws when heads do not divide by kvHeads, or a size is not a positive integer
 */
export function consistentConfig(config: TransformerConfig, place: string): TransformerConfig {
  const sizes = {
    layers: config.layers,
    hidden: config.hidden,
    heads: config.heads,
    kvHeads: config.kvHeads,
    headDim: config.headDim,
    intermediate: config.intermediate,
    vocabulary: config.vocabulary,
    contextLength: config.contextLength,
  };
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new Error(`${place}: ${name} is ${size}, expected a positive integer`);
    }
  }
  if (config.heads % config.kvHeads !== 0) {
    throw new Error(`${place}: ${config.heads} heads do not divide by ${config.kvHeads} key/value heads`);
  }
  if (config.headDim % 2 !== 0) {
    throw new Error(
      `${place}: head dimension is ${config.headDim}, expected an even number (rotary embedding)`,
    );
  }
  return config;
}

const ArchitectureField = z.object({ model_type: z.string() });
const Size = z.number().int().positive();
const TokenId = z.number().int().nonnegative();

const RopeFields = z.object({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  rope_theta: z.number().positive().optional(),
  factor: z.number().positive().optional(),
  low_freq_factor: z.number().positive().optional(),
  high_freq_factor: z.number().positive().optional(),
  original_max_position_embeddings: Size.optional(),
});

// Defaults are those of transformers' LlamaConfig.
const HuggingFaceLlama = z.object({
  num_hidden_layers: Size,
  hidden_size: Size,
  num_attention_heads: Size,
  num_key_value_heads: Size.nullish(),
  head_dim: Size.nullish(),
  intermediate_size: Size,
  vocab_size: Size,
  rms_norm_eps: z.number().positive().default(1e-6),
  tie_word_embeddings: z.boolean().default(false),
  max_position_embeddings: Size.default(2048),
  hidden_act: z.literal('silu').default('silu'),
  rope_theta: z.number().positive().optional(),
  rope_scaling: RopeFields.nullish(),
  rope_parameters: RopeFields.nullish(),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  bos_token_id: TokenId.nullish(),
  eos_token_id: z.union([TokenId, z.array(TokenId)]).nullish(),
});

function ropeOf(fields: z.infer<typeof HuggingFaceLlama>, place: string): TransformerConfig['rope'] {
  const rope = fields.rope_parameters ?? fields.rope_scaling ?? {};
  const theta = rope.rope_theta ?? fields.rope_theta ?? 10_000;
  const type = rope.rope_type ?? rope.type ?? 'default';
  const required = (name: keyof typeof rope): number => {
    const value = rope[name];
    if (typeof value === 'number') return value;
    throw new Error(
      `${place}: rope type ${JSON.stringify(type)} needs "${name}", found ${JSON.stringify(value)}`,
    );
  };
  if (type === 'default') return { theta };
  if (type === 'linear') return { theta, scaling: { type, factor: required('factor') } };
  if (type !== 'llama3') {
    throw new Error(
      `${place}: rope type is ${JSON.stringify(type)}, expected "default", "linear" or "llama3"`,
    );
  }
  const scaling = {
    type,
    factor: required('factor'),
    lowFrequencyFactor: required('low_freq_factor'),
    highFrequencyFactor: required('high_freq_factor'),
    originalContextLength: required('original_max_position_embeddings'),
  } as const;
  return { theta, scaling };
}

function firstProblem(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? error.message : `"${issue.path.join('.')}": ${issue.message}`;
}
