import type { LinearTarget } from '../schemas/treatment.js';

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

// What a config holds are types and not interfaces: they are parts of keys, which are JSON.

/** The rotary embedding of some blocks. */
export type Rope = {
  theta: number;
  scaling?: RopeScaling;
  /** Channels of a head that turn; all of them, by default. */
  channels?: number;
};

/** How a norm is computed: without the mean, as that with 1 added to its weight, or with mean and bias. */
export type NormKind = 'rms' | 'rms-from-one' | 'layer';

/** What the inner channels of the MLP are: silu(gate)·up, gelu(gate)·up with the tanh form, or gelu(up) in either form. */
export type MlpUnitKind = 'swiglu' | 'geglu' | 'gelu' | 'gelu-tanh';

/** What a decoder block is made of. */
export type BlockDesign = {
  norm: NormKind;
  /** What attention and MLP put out passes a norm, too, before it is added to their input. */
  outputNorms: boolean;
  /** Every head of queries and keys passes a norm before it is turned. */
  headNorms: boolean;
  unit: MlpUnitKind;
  /** The MLP reads what the block reads, beside attention instead of after it. */
  parallel: boolean;
  /** Linear layers with a bias. */
  biases: LinearTarget[];
};

/** Llama's block (Touvron et al. 2023, §2.2), from which the other families differ. */
export const llamaBlock: BlockDesign = {
  norm: 'rms',
  outputNorms: false,
  headNorms: false,
  unit: 'swiglu',
  parallel: false,
  biases: [],
};

/** Blocks that see the nearest tokens only. */
export type NearAttention = {
  /** Tokens that are seen, the present one included. */
  window: number;
  /** Which blocks they are; one entry a block. */
  layers: boolean[];
  rope: Rope;
};

/** The shape of a decoder-only transformer; sizes in elements, lengths in tokens. */
export interface TransformerConfig {
  /** The family, for messages and other programs; what is computed follows from the other fields alone. */
  architecture: string;
  layers: number;
  hidden: number;
  heads: number;
  /** Key/value heads; each serves heads / kvHeads query heads. */
  kvHeads: number;
  headDim: number;
  /** Width of the MLP. */
  intermediate: number;
  vocabulary: number;
  normEpsilon: number;
  /** The output projection is the embedding itself. */
  tiedEmbeddings: boolean;
  contextLength: number;
  rope: Rope;
  block: BlockDesign;
  /** Factor of the products of queries and keys; 1/√headDim, by default. */
  attentionScale?: number;
  /** Factor of the embedded tokens; 1, by default. */
  embeddingScale?: number;
  near?: NearAttention;
  bosTokenId?: number;
  /** A token whose embedding learns nothing as an input, as PyTorch's embedding treats its padding index. */
  paddingTokenId?: number;
  eosTokenIds: number[];
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
  checkTurning(config, place);
  const { near } = config;
  if (near !== undefined && near.layers.length !== config.layers) {
    throw new Error(
      `${place}: the kinds of attention are given for ${near.layers.length} layers, expected ${config.layers}`,
    );
  }
  return config;
}

function checkTurning({ rope, headDim }: TransformerConfig, place: string): void {
  const { channels = headDim } = rope;
  if (Number.isSafeInteger(channels) && channels >= 2 && channels <= headDim && channels % 2 === 0) return;
  throw new Error(
    `${place}: ${channels} channels of a head are turned, expected an even number from 2 to ${headDim}`,
  );
}
