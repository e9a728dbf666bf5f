import { z } from 'zod';

const off = z
  .union([z.literal(false), z.null(), z.array(z.never()), z.record(z.string(), z.never())])
  .optional();
/**
 * How a pair was begun. PiSSA, OLoRA, CorDA, LoftQ and LoRA-GA change the base weights, too, and PEFT does so again when it
 * loads the adapter: the pair alone is another model (PEFT, LoraLayer.update_layer).
 */
const Beginning = z
  .union([z.boolean(), z.null(), z.enum(['gaussian', 'eva', 'orthogonal'])], {
    error: ({ input }) =>
      `is ${JSON.stringify(input)}, expected a boolean, "gaussian", "eva" or "orthogonal", which leave the base weights as they are; PEFT changes them when it loads such an adapter, and converts it to plain LoRA by save_pretrained with path_initial_model_for_weight_conversion`,
  })
  .optional();
const positives = z
  .record(z.string(), z.number().positive())
  .nullish()
  .transform((patterns) => patterns ?? {});

/** `adapter_config.json`: the fields that change what a LoRA adapter computes; the last ones must be absent, off or empty. */
export const PeftConfig = z.object({
  peft_type: z.literal('LORA'),
  r: z.number().int().positive(),
  lora_alpha: z.number().positive(),
  use_rslora: z
    .boolean()
    .nullish()
    .transform((used) => used ?? false),
  rank_pattern: positives,
  alpha_pattern: positives,
  bias: z.literal('none').default('none'),
  init_lora_weights: Beginning,
  alora_invocation_tokens: off,
  fan_in_fan_out: off,
  layer_replication: off,
  lora_bias: off,
  modules_to_save: off,
  target_parameters: off,
  trainable_token_indices: off,
  use_bdlora: off,
  use_dora: off,
  use_qalora: off,
});
export type PeftConfig = z.infer<typeof PeftConfig>;

/** Rank and scale that a config gives the pair of a module (PEFT, LoraModel: alpha / r, or alpha / √r for rsLoRA). */
export function pairSettings(config: PeftConfig, module: string): { rank: number; scale: number } {
  const rank = ofPattern(config.rank_pattern, module) ?? config.r;
  const alpha = ofPattern(config.alpha_pattern, module) ?? config.lora_alpha;
  return { rank, scale: alpha / (config.use_rslora ? Math.sqrt(rank) : rank) };
}

/** The first pattern that matches the whole module name or what follows one of its dots wins, as in PEFT. */
function ofPattern(patterns: Readonly<Record<string, number>>, module: string): number | undefined {
  const matches = ([pattern]: [string, number]) => new RegExp(`^(.*\\.)?(${pattern})$`).test(module);
  return Object.entries(patterns).find(matches)?.[1];
}
