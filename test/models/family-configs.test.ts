import { describe, expect, test } from 'vitest';
import { parseHuggingFaceConfig } from '../../models/families/families.js';

const sizes = {
  num_hidden_layers: 4,
  hidden_size: 64,
  num_attention_heads: 4,
  intermediate_size: 128,
  vocab_size: 100,
  max_position_embeddings: 512,
};
const mistral = { ...sizes, model_type: 'mistral', num_key_value_heads: 2, sliding_window: 128 };
const qwen2 = { ...sizes, model_type: 'qwen2', num_key_value_heads: 2 };
const gemma3 = { ...sizes, model_type: 'gemma3_text', num_key_value_heads: 1, head_dim: 32 };
const neox = { ...sizes, model_type: 'gpt_neox' };

describe('the fields that say what blocks are made of', () => {
  test('Mistral sees the nearest tokens in every block, or all where its window is null', () => {
    expect(parseHuggingFaceConfig(mistral, 'm').near).toEqual({
      window: 128,
      layers: [true, true, true, true],
      rope: { theta: 10_000 },
    });
    expect(parseHuggingFaceConfig({ ...mistral, sliding_window: null }, 'm')).not.toHaveProperty('near');
  });

  test('Qwen2 has biases of queries, keys and values, and a window from the layer it names, if it is used', () => {
    const plain = parseHuggingFaceConfig({ ...qwen2, sliding_window: 128, max_window_layers: 3 }, 'q');
    expect(plain.block.biases).toEqual(['q_proj', 'k_proj', 'v_proj']);
    expect(plain).not.toHaveProperty('near');
    const near = { ...qwen2, use_sliding_window: true, sliding_window: 128, max_window_layers: 3 };
    expect(parseHuggingFaceConfig(near, 'q').near?.layers).toEqual([false, false, false, true]);
  });

  test('Gemma 3 in its older form has the bases, the scaling and the pattern of the newer one', () => {
    const older = parseHuggingFaceConfig(
      {
        ...gemma3,
        sliding_window: 16,
        sliding_window_pattern: 2,
        rope_theta: 500_000,
        rope_local_base_freq: 20_000,
        rope_scaling: { rope_type: 'linear', factor: 8 },
        query_pre_attn_scalar: 64,
      },
      'g',
    );
    const newer = parseHuggingFaceConfig(
      {
        ...gemma3,
        sliding_window: 16,
        layer_types: ['sliding_attention', 'full_attention', 'sliding_attention', 'full_attention'],
        rope_parameters: {
          full_attention: { rope_type: 'linear', factor: 8, rope_theta: 500_000 },
          sliding_attention: { rope_type: 'default', rope_theta: 20_000 },
        },
        query_pre_attn_scalar: 64,
      },
      'g',
    );
    expect(older).toEqual(newer);
    expect(older).toMatchObject({
      attentionScale: 1 / 8,
      embeddingScale: 8,
      tiedEmbeddings: true,
      rope: { theta: 500_000, scaling: { type: 'linear', factor: 8 } },
      near: { window: 16, layers: [true, false, true, false], rope: { theta: 20_000 } },
    });
  });

  test('GPT-NeoX in its older form turns the share of channels that rotary_pct names', () => {
    const older = parseHuggingFaceConfig({ ...neox, rotary_pct: 0.5, rotary_emb_base: 20_000 }, 'n');
    const newer = parseHuggingFaceConfig(
      { ...neox, rope_parameters: { partial_rotary_factor: 0.5, rope_theta: 20_000 } },
      'n',
    );
    expect(older).toEqual(newer);
    expect(older.rope).toEqual({ theta: 20_000, channels: 8 });
    expect(older.block).toMatchObject({ norm: 'layer', unit: 'gelu', parallel: true });
    expect(parseHuggingFaceConfig({ ...neox, use_parallel_residual: false }, 'n').block.parallel).toBe(false);
  });

  test('a padding token is kept, and −1 is none', () => {
    expect(parseHuggingFaceConfig({ ...qwen2, pad_token_id: 0 }, 'q').paddingTokenId).toBe(0);
    expect(parseHuggingFaceConfig({ ...qwen2, pad_token_id: -1 }, 'q')).not.toHaveProperty('paddingTokenId');
  });
});

test.each([
  [{ ...mistral, model_type: 'mixtral' }, /^x: model_type is "mixtral", expected one of "llama"/],
  [{ ...qwen2, model_type: 'qwen2_moe' }, /^x: model_type is "qwen2_moe", expected one of "llama"/],
  [{ ...gemma3, attn_logit_softcapping: 50 }, /^x: "attn_logit_softcapping": /],
  [{ ...gemma3, final_logit_softcapping: 30 }, /^x: "final_logit_softcapping": /],
  [{ ...gemma3, use_bidirectional_attention: true }, /^x: "use_bidirectional_attention": /],
  [{ ...gemma3, hidden_activation: 'silu' }, /^x: "hidden_activation": .*gelu_pytorch_tanh/],
  [
    { ...gemma3, layer_types: ['full_attention'] },
    /^x: the kinds of attention are given for 1 layers, expected 4/,
  ],
  [{ ...qwen2, rope_scaling: { type: 'yarn', factor: 4 } }, /^x: rope type is "yarn"/],
  [
    { ...qwen2, sliding_window: null, use_sliding_window: true, max_window_layers: 0 },
    /^x: some layers have sliding attention, but "sliding_window" is null/,
  ],
  [{ ...neox, hidden_act: 'relu' }, /^x: "hidden_act": .*"gelu"/],
  [{ ...neox, rotary_pct: 0.1 }, /^x: 1 channels of a head are turned, expected an even number from 2 to 16/],
])('what the decoder does not compute is refused by the name of its field (%#)', (json, message) => {
  expect(() => parseHuggingFaceConfig(json, 'x')).toThrow(message);
});
