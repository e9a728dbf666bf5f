import { z } from 'zod';
import type { PieceKind, PieceVocabulary } from '../piece-codec.js';
import type { TokenizerSource } from '../tokenizer.js';
import type { GgufFile } from './gguf-file.js';

/**
 * Reads the tokenizer in GGUF metadata: byte-level BPE as the value of a `tokenizer.json`, with merges, added tokens and the
 * way text is cut before merging; SentencePiece as its pieces with their scores.
 * @returns nothing when the file holds no tokenizer
 * @throws when the tokenizer is neither, or its pre-tokenizer is unknown
 */
export function tokenizerFromGguf(file: GgufFile): TokenizerSource | undefined {
  const model = file.metadata.get('tokenizer.ggml.model');
  if (model === undefined || model === 'no_vocab') return undefined;
  const fields = parseFields(file);
  const shared = {
    specialTokens: specialTokens(fields),
    chatTemplate: fields['tokenizer.chat_template'],
    place: file.place,
  };
  if (model === 'gpt2') {
    const cut = textCut(file);
    return { ...shared, json: byteLevelJson(fields, { file, cut }), textStart: start(fields, cut.begins) };
  }
  if (model === 'llama')
    return { ...shared, pieces: pieceVocabulary(fields, file), textStart: start(fields, true) };
  throw new Error(
    `${file.place}: tokenizer.ggml.model is ${JSON.stringify(model)}, expected "gpt2" (byte-level BPE) or "llama" (SentencePiece); use the safetensors checkpoint with its tokenizer.json`,
  );
}

/** The beginning-of-text token where the model has seen it before every text. @param usual what holds where the file says nothing, as in llama.cpp */
function start(fields: Fields, usual: boolean): number[] {
  const begin = fields['tokenizer.ggml.bos_token_id'];
  return begin !== undefined && (fields['tokenizer.ggml.add_bos_token'] ?? usual) ? [begin] : [];
}

function specialTokens(fields: Fields): TokenizerSource['specialTokens'] {
  const tokens = fields['tokenizer.ggml.tokens'];
  const tokenAt = (id: number | undefined) => (id === undefined ? undefined : tokens[id]);
  return {
    bos_token: tokenAt(fields['tokenizer.ggml.bos_token_id']),
    eos_token: tokenAt(fields['tokenizer.ggml.eos_token_id']),
    unk_token: tokenAt(fields['tokenizer.ggml.unknown_token_id']),
    pad_token: tokenAt(fields['tokenizer.ggml.padding_token_id']),
  };
}

function byteLevelJson(
  fields: Fields,
  { file, cut }: { file: GgufFile; cut: TextCut },
): Readonly<Record<string, unknown>> {
  const tokens = fields['tokenizer.ggml.tokens'];
  const merges = fields['tokenizer.ggml.merges'];
  if (merges === undefined)
    throw new Error(
      `${file.place}: metadata tokenizer.ggml.merges: expected the merges of a byte-level BPE; fetch the model anew`,
    );
  return {
    version: '1.0',
    normalizer: cut.normalizer,
    pre_tokenizer: { type: 'Sequence', pretokenizers: cut.preTokenizers },
    post_processor: null,
    decoder: BYTE_LEVEL,
    added_tokens: addedTokens(tokens, fields['tokenizer.ggml.token_type']),
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
      ignore_merges: cut.ignoreMerges,
    },
  };
}

function pieceVocabulary(fields: Fields, file: GgufFile): PieceVocabulary {
  const pieces = fields['tokenizer.ggml.tokens'];
  const scores = fields['tokenizer.ggml.scores'];
  if (scores?.length !== pieces.length) {
    throw new Error(
      `${file.place}: tokenizer.ggml.scores has ${scores?.length ?? 0} entries, expected one for each of ${pieces.length} tokens`,
    );
  }
  return {
    pieces,
    scores,
    kinds: fields['tokenizer.ggml.token_type'].map((type) => PIECE_KINDS.get(type) ?? 'unused'),
    unknownId: fields['tokenizer.ggml.unknown_token_id'],
    addsSpace: fields['tokenizer.ggml.add_space_prefix'] ?? true,
  };
}

const Id = z.number().int().nonnegative();
const Fields = z.object({
  'tokenizer.ggml.tokens': z.array(z.string()).min(1),
  'tokenizer.ggml.token_type': z.array(z.number()),
  'tokenizer.ggml.merges': z.array(z.string()).optional(),
  'tokenizer.ggml.scores': z.array(z.number()).optional(),
  'tokenizer.ggml.add_bos_token': z.boolean().optional(),
  'tokenizer.ggml.add_space_prefix': z.boolean().optional(),
  'tokenizer.ggml.bos_token_id': Id.optional(),
  'tokenizer.ggml.eos_token_id': Id.optional(),
  'tokenizer.ggml.unknown_token_id': Id.optional(),
  'tokenizer.ggml.padding_token_id': Id.optional(),
  'tokenizer.chat_template': z.string().optional(),
});
type Fields = z.infer<typeof Fields>;

function parseFields(file: GgufFile): Fields {
  const parsed = Fields.safeParse(Object.fromEntries(file.metadata));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(
      `${file.place}: metadata ${issue?.path.join('.')}: ${issue?.message}; fetch the model anew`,
    );
  }
  const tokens = parsed.data['tokenizer.ggml.tokens'].length;
  const types = parsed.data['tokenizer.ggml.token_type'].length;
  if (tokens !== types) {
    throw new Error(
      `${file.place}: tokenizer.ggml.token_type has ${types} entries, expected one for each of ${tokens} tokens`,
    );
  }
  return parsed.data;
}

// Token types of GGUF: 3 is a control token, 4 one added by a user; both are recognised as a whole in text.
const CONTROL = 3;
const USER_DEFINED = 4;
const PIECE_KINDS: ReadonlyMap<number, PieceKind> = new Map([
  [1, 'text'],
  [CONTROL, 'whole'],
  [USER_DEFINED, 'whole'],
  [6, 'byte'],
]);

function addedTokens(tokens: readonly string[], types: readonly number[]) {
  return tokens
    .map((content, id) => ({ id, content, special: types[id] === CONTROL, type: types[id] }))
    .filter(({ type }) => type === CONTROL || type === USER_DEFINED)
    .map(({ id, content, special }) => ({ id, content, special, normalized: false }));
}

interface TextCut {
  normalizer: { type: 'NFC' } | null;
  preTokenizers: readonly object[];
  ignoreMerges: boolean;
  /** Whether the beginning-of-text token stands before every text where the file says nothing. */
  begins: boolean;
}

const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
const GPT2_BYTE_LEVEL = { ...BYTE_LEVEL, use_regex: true };
const EACH_DIGIT = { type: 'Digits', individual_digits: true };

// Llama 3's pattern; Qwen2's differs in one digit a piece instead of three.
const LLAMA3 = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const QWEN2 = LLAMA3.replace('{1,3}', '');

const USUAL_CUT = { normalizer: null, ignoreMerges: false, begins: false } as const;

// By `tokenizer.ggml.pre`, as in llama.cpp (llama-vocab.cpp).
const TEXT_CUTS: ReadonlyMap<string, TextCut> = new Map([
  ['default', { ...USUAL_CUT, preTokenizers: [GPT2_BYTE_LEVEL] }],
  ['gpt-2', { ...USUAL_CUT, preTokenizers: [GPT2_BYTE_LEVEL] }],
  ['smollm', { ...USUAL_CUT, preTokenizers: [EACH_DIGIT, GPT2_BYTE_LEVEL] }],
  [
    'llama-bpe',
    { normalizer: null, preTokenizers: [split(LLAMA3), BYTE_LEVEL], ignoreMerges: true, begins: true },
  ],
  ['qwen2', { ...USUAL_CUT, normalizer: { type: 'NFC' }, preTokenizers: [split(QWEN2), BYTE_LEVEL] }],
]);

function textCut(file: GgufFile): TextCut {
  const name = file.metadata.get('tokenizer.ggml.pre') ?? 'default';
  const cut = typeof name === 'string' ? TEXT_CUTS.get(name) : undefined;
  if (cut !== undefined) return cut;
  throw new Error(
    `${file.place}: tokenizer.ggml.pre is ${JSON.stringify(name)}, expected one of ${[...TEXT_CUTS.keys()].join(', ')}; use the safetensors checkpoint with its tokenizer.json`,
  );
}

function split(regex: string): object {
  return { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false };
}
