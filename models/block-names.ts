import { LinearTarget } from '../schemas/treatment.js';
import type { MlpUnitKind, TransformerConfig } from './config.js';

// Weights carry the names of Llama's checkpoints, whatever the family; where another family has parts that Llama lacks, they
// carry the names that Hugging Face gave them there.

/** Where a linear layer lies within its block. */
export const targetModules: Record<LinearTarget, string> = {
  q_proj: 'self_attn.q_proj',
  k_proj: 'self_attn.k_proj',
  v_proj: 'self_attn.v_proj',
  o_proj: 'self_attn.o_proj',
  gate_proj: 'mlp.gate_proj',
  up_proj: 'mlp.up_proj',
  down_proj: 'mlp.down_proj',
};

const GATED: Record<MlpUnitKind, boolean> = { swiglu: true, geglu: true, gelu: false, 'gelu-tanh': false };

/** The linear layers of a model's blocks, in the order of the forward pass. */
export function linearTargets({ block }: TransformerConfig): LinearTarget[] {
  return LinearTarget.options.filter((target) => target !== 'gate_proj' || GATED[block.unit]);
}

/** Where the norms of a block lie within it. */
export interface BlockNorms {
  attention: string;
  query?: string;
  key?: string;
  attentionOutput?: string;
  mlp: string;
  mlpOutput?: string;
}

export function blockNorms({ block }: TransformerConfig): BlockNorms {
  const heads = block.headNorms ? { query: 'self_attn.q_norm', key: 'self_attn.k_norm' } : {};
  const attention = 'input_layernorm';
  if (!block.outputNorms) return { attention, ...heads, mlp: 'post_attention_layernorm' };
  return {
    attention,
    ...heads,
    attentionOutput: 'post_attention_layernorm',
    mlp: 'pre_feedforward_layernorm',
    mlpOutput: 'post_feedforward_layernorm',
  };
}

export function blockName(layer: number): string {
  return `model.layers.${layer}`;
}

/** @throws when the blocks of the model have no such linear layer */
export function linearWeightName(
  { name, config }: { name: string; config: TransformerConfig },
  layer: number,
  target: LinearTarget,
): string {
  const known = linearTargets(config);
  if (known.includes(target)) return `${blockName(layer)}.${targetModules[target]}.weight`;
  throw new Error(`the blocks of ${name} have no ${target}, expected one of ${known.join(', ')}`);
}
