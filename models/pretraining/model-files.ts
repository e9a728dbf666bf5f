import type { Signs } from '../../schemas/words.js';
import { memoryBytes } from '../checkpoints/byte-source.js';
import { type Checkpoint, checkTensors } from '../checkpoints/checkpoint.js';
import { combinedDigest } from '../checkpoints/file-digest.js';
import { openSafetensors } from '../checkpoints/safetensors.js';
import type { TransformerConfig } from '../config.js';
import { parseHuggingFaceConfig } from '../families/families.js';

/** `config.json` of a model that is trained here; transformers reads it too. */
export function configFile(config: TransformerConfig): Record<string, unknown> {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: config.hidden,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headDim,
    intermediate_size: config.intermediate,
    vocab_size: config.vocabulary,
    rms_norm_eps: config.normEpsilon,
    tie_word_embeddings: config.tiedEmbeddings,
    max_position_embeddings: config.contextLength,
    rope_theta: config.rope.theta,
    attention_bias: config.block.biases.includes('q_proj'),
    mlp_bias: config.block.biases.includes('up_proj'),
    hidden_act: 'silu',
  };
}

/** What an unknown word becomes; no text that is trained on has it. */
export const UNKNOWN_WORD = '[unknown]';

/** A vocabulary of whole words. */
export interface WordVocabulary {
  words: readonly string[];
  signs: Signs;
}

/** `tokenizer.json` of a vocabulary of whole words. */
export function wordTokenizerFile({ words, signs }: WordVocabulary): Record<string, unknown> {
  const vocabulary = [UNKNOWN_WORD, ...words];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    // `Whitespace` is \w+|[^\w\s]+.
    pre_tokenizer: { type: signs === 'apart' ? 'Whitespace' : 'WhitespaceSplit' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries(vocabulary.map((word, id) => [word, id])),
      unk_token: UNKNOWN_WORD,
    },
  };
}

/** The bytes of a model's files, and the digest of each. */
export interface ModelBytes {
  config: Uint8Array;
  tokenizer: Uint8Array;
  weights: Uint8Array;
}

/**
 * Opens a model whose files are in memory, as `readFolderCheckpoint` would open their folder.
 * @param digests SHA-256 of each file
 * @throws when the tensors are not those of the config
 */
export function memoryCheckpoint(
  { config: configBytes, tokenizer, weights }: ModelBytes,
  { place, digests }: { place: string; digests: Record<keyof ModelBytes, string> },
): Checkpoint {
  const config = parseHuggingFaceConfig(parsed(configBytes), place);
  const file = openSafetensors(memoryBytes(weights, place));
  return {
    config,
    digest: combinedDigest(
      new Map([
        ['config.json', digests.config],
        ['tokenizer.json', digests.tokenizer],
        ['model.safetensors', digests.weights],
      ]),
    ),
    tensorNames: checkTensors(config, file.shapes, place),
    read: (name) => file.read(name),
    tokenizer: {
      json: parsed(tokenizer),
      specialTokens: { unk_token: UNKNOWN_WORD },
      chatTemplate: undefined,
      place,
    },
  };
}

function parsed(bytes: Uint8Array): Record<string, unknown> {
  return JSON.parse(Buffer.from(bytes).toString('utf8'));
}
