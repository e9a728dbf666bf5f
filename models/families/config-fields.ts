import { z } from 'zod';
import type { Rope, RopeScaling } from '../config.js';

// Fields of a Hugging Face `config.json` that several families share.

export const Size = z.number().int().positive();
export const TokenId = z.number().int().nonnegative();

/** A feature that would change what is computed, and that is switched off. */
export const off = z.union([z.literal(false), z.null()]).optional();

export const RopeFields = z.object({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  rope_theta: z.number().positive().optional(),
  factor: z.number().positive().optional(),
  low_freq_factor: z.number().positive().optional(),
  high_freq_factor: z.number().positive().optional(),
  original_max_position_embeddings: Size.optional(),
  partial_rotary_factor: z.number().positive().max(1).optional(),
});
export type RopeFields = z.infer<typeof RopeFields>;

/** Of every family. */
export const sharedFields = {
  num_hidden_layers: Size,
  hidden_size: Size,
  num_attention_heads: Size,
  intermediate_size: Size,
  vocab_size: Size,
  rope_theta: z.number().positive().optional(),
  rope_scaling: RopeFields.nullish(),
  bos_token_id: TokenId.nullish(),
  // Some checkpoints write −1 for none.
  pad_token_id: z.number().int().nullish(),
  eos_token_id: z.union([TokenId, z.array(TokenId)]).nullish(),
};
type SharedFields = z.output<z.ZodObject<typeof sharedFields>>;

/** The part of a config that all families write alike. */
export function sharedConfig(fields: SharedFields) {
  return {
    layers: fields.num_hidden_layers,
    hidden: fields.hidden_size,
    heads: fields.num_attention_heads,
    intermediate: fields.intermediate_size,
    vocabulary: fields.vocab_size,
    ...(typeof fields.bos_token_id === 'number' ? { bosTokenId: fields.bos_token_id } : {}),
    ...(typeof fields.pad_token_id === 'number' && fields.pad_token_id >= 0
      ? { paddingTokenId: fields.pad_token_id }
      : {}),
    eosTokenIds: [fields.eos_token_id ?? []].flat(),
  };
}

/** @throws naming the first field that is wrong */
export function parseFields<S extends z.ZodType>(schema: S, json: unknown, place: string): z.output<S> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Error(
    issue === undefined ? parsed.error.message : `${place}: "${issue.path.join('.')}": ${issue.message}`,
  );
}

/**
 * A rotary embedding from its fields.
 * @param defaultTheta where the fields have none
 * @throws when its type is unknown or lacks a number
 */
export function ropeOf(
  rope: RopeFields,
  { theta: defaultTheta = 10_000, place }: { theta?: number | undefined; place: string },
): Rope {
  const theta = rope.rope_theta ?? defaultTheta;
  const type = rope.rope_type ?? rope.type ?? 'default';
  if (type === 'default') return { theta };
  return { theta, scaling: scalingOf(rope, type, place) };
}

function scalingOf(rope: RopeFields, type: string, place: string): RopeScaling {
  const required = (name: keyof RopeFields): number => {
    const value = rope[name];
    if (typeof value === 'number') return value;
    throw new Error(
      `${place}: rope type ${JSON.stringify(type)} needs "${name}", found ${JSON.stringify(value)}`,
    );
  };
  if (type === 'linear') return { type, factor: required('factor') };
  if (type !== 'llama3') {
    throw new Error(
      `${place}: rope type is ${JSON.stringify(type)}, expected "default", "linear" or "llama3"`,
    );
  }
  return {
    type,
    factor: required('factor'),
    lowFrequencyFactor: required('low_freq_factor'),
    highFrequencyFactor: required('high_freq_factor'),
    originalContextLength: required('original_max_position_embeddings'),
  };
}
