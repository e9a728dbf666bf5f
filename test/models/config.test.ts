import { expect, test } from 'vitest';
import { parseHuggingFaceConfig } from '../../models/families/families.js';

const llama = {
  model_type: 'llama',
  num_hidden_layers: 2,
  hidden_size: 64,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  intermediate_size: 128,
  vocab_size: 100,
  rms_norm_eps: 1e-5,
  tie_word_embeddings: true,
  max_position_embeddings: 512,
  bos_token_id: 0,
  eos_token_id: 2,
};

const llama3Rope = {
  rope_type: 'llama3',
  factor: 32,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8192,
};

test('the newer rope_parameters and the older rope_theta with rope_scaling give the same config', () => {
  const newer = parseHuggingFaceConfig(
    { ...llama, rope_parameters: { ...llama3Rope, rope_theta: 500_000 } },
    'new',
  );
  const older = parseHuggingFaceConfig({ ...llama, rope_theta: 500_000, rope_scaling: llama3Rope }, 'old');
  expect(newer).toEqual(older);
  expect(older.rope).toEqual({
    theta: 500_000,
    scaling: {
      type: 'llama3',
      factor: 32,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalContextLength: 8192,
    },
  });
});

test('linear scaling is read under its older key "type", and "default" scales nothing', () => {
  const linear = parseHuggingFaceConfig({ ...llama, rope_scaling: { type: 'linear', factor: 2 } }, 'a');
  expect(linear.rope).toEqual({ theta: 10_000, scaling: { type: 'linear', factor: 2 } });
  const plain = parseHuggingFaceConfig(
    { ...llama, rope_parameters: { rope_type: 'default', rope_theta: 7 } },
    'b',
  );
  expect(plain.rope).toEqual({ theta: 7 });
});

test('the head dimension and the key/value heads have the defaults of the reference', () => {
  const { num_key_value_heads: _, ...multiHead } = llama;
  const config = parseHuggingFaceConfig(multiHead, 'a');
  expect(config).toMatchObject({ headDim: 16, kvHeads: 4 });
  expect(parseHuggingFaceConfig({ ...llama, head_dim: 8 }, 'b').headDim).toBe(8);
});

test('token id 0 is an id, null is none, and a list of end tokens is kept', () => {
  expect(parseHuggingFaceConfig(llama, 'a')).toMatchObject({ bosTokenId: 0, eosTokenIds: [2] });
  const none = parseHuggingFaceConfig({ ...llama, bos_token_id: null, eos_token_id: null }, 'b');
  expect(none).not.toHaveProperty('bosTokenId');
  expect(none.eosTokenIds).toEqual([]);
  expect(parseHuggingFaceConfig({ ...llama, eos_token_id: [0, 2] }, 'c').eosTokenIds).toEqual([0, 2]);
});

test.each([
  [
    { ...llama, model_type: 'mamba' },
    /^x\.json: model_type is "mamba", expected one of "llama", "mistral", /,
  ],
  [null, /^x\.json: model_type is undefined, expected one of "llama", /],
  [{ ...llama, hidden_size: '64' }, /^x\.json: "hidden_size": .*expected number, received string/],
  [{ ...llama, num_key_value_heads: 3 }, /^x\.json: 4 heads do not divide by 3 key\/value heads/],
  [
    { ...llama, num_attention_heads: 3, num_key_value_heads: 3 },
    /^x\.json: headDim is 21\.33.*positive integer/,
  ],
  [
    { ...llama, rope_scaling: { type: 'yarn', factor: 4 } },
    /^x\.json: rope type is "yarn", expected "default"/,
  ],
  [
    { ...llama, rope_scaling: { type: 'linear' } },
    /^x\.json: rope type "linear" needs "factor", found undefined/,
  ],
  [{ ...llama, hidden_act: 'gelu' }, /^x\.json: "hidden_act": .*"silu"/],
])('a config that cannot be run is refused, naming file and field (%#)', (json, message) => {
  expect(() => parseHuggingFaceConfig(json, 'x.json')).toThrow(message);
});
