import type { TokenizerSource } from '../../models/tokenizer.js';

const BYTES = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
);
const SPECIAL = ['<unk>', '<s>', '</s>'];
const MERGES = ['e s', 'y es', '▁ yes', 'l l', 'll o', 'He llo', 'H e', '▁ Hello'];
const PIECES = ['▁', ...'Heloys[]:', ...MERGES.map((merge) => merge.replace(' ', ''))];
const VOCABULARY = [...SPECIAL, ...BYTES, ...PIECES];

/** How Llama 2 puts a space before a text. */
const PREPENDED = {
  normalizer: {
    type: 'Sequence',
    normalizers: [
      { type: 'Prepend', prepend: '▁' },
      { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    ],
  },
  pre_tokenizer: null,
};

/** How a newer file of the same kind does. */
export const METASPACE = {
  normalizer: null,
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false },
};

/** A small vocabulary in the form of Llama 2's `tokenizer.json`. */
export function sentencePieceSource(
  parts: Readonly<Record<string, unknown>> = PREPENDED,
  chatTemplate?: string,
): TokenizerSource & { json: Readonly<Record<string, unknown>> } {
  return {
    json: {
      version: '1.0',
      added_tokens: SPECIAL.map((content, id) => ({ id, content, special: true, normalized: false })),
      ...parts,
      post_processor: null,
      decoder: {
        type: 'Sequence',
        decoders: [
          { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
          { type: 'ByteFallback' },
          { type: 'Fuse' },
          { type: 'Strip', content: ' ', start: 1, stop: 0 },
        ],
      },
      model: {
        type: 'BPE',
        unk_token: '<unk>',
        fuse_unk: true,
        byte_fallback: true,
        vocab: Object.fromEntries(VOCABULARY.map((token, id) => [token, id])),
        merges: MERGES.map((merge) => merge.split(' ')),
      },
    },
    specialTokens: { bos_token: '<s>', eos_token: '</s>' },
    chatTemplate,
    place: 'x/tokenizer.json',
  };
}
