import { Template } from '@huggingface/jinja';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { type PieceVocabulary, pieceCodec, type TextCodec } from './piece-codec.js';

/** What a tokenizer is built from: the value of a `tokenizer.json`, or pieces with scores. */
export type TokenizerSource = SourceParts &
  ({ json: Readonly<Record<string, unknown>> } | { pieces: PieceVocabulary });

interface SourceParts {
  /** Texts of the tokens with a role, such as `eos_token`; templates may refer to them. */
  specialTokens: Readonly<Record<string, string | undefined>>;
  /** Jinja source that renders messages. */
  chatTemplate: string | undefined;
  /** Ids before every text; by default those that the `tokenizer.json` says. */
  textStart?: readonly number[];
  /** Names the file in errors. */
  place: string;
}

export interface ChatMessage {
  role: string;
  content: string;
}

export interface Tokenizer {
  /**
   * Text → token ids. Nothing is added; the text of a special token is recognised. A byte for which the vocabulary
   * has no token is left out, as in the reference implementation (which, unlike here, then merges its neighbours;
   * SmolLM2 lacks 21 bytes, all of control characters or of no assigned one).
   */
  encode(text: string): number[];
  /**
   * As `encode`, for a text that another one precedes: SentencePiece puts no space of its own before it. What precedes is
   * not known, so that no token reaches across.
   */
  encodeContinuation(text: string): number[];
  /**
   * Token ids → text, special tokens included, nothing cleaned up. An id of no token has no text: many models have more
   * ids than their tokenizer, and may write one.
   */
  decode(ids: readonly number[]): string;
  /**
   * Renders messages as the model was trained to see them; by default the header of the assistant's turn follows.
   * @throws when the model has no chat template or the template refuses the messages
   */
  renderChat(messages: readonly ChatMessage[], options?: { addGenerationPrompt?: boolean }): string;
  /** Ids that the model has seen before every text it was trained on; `encode` leaves them out. */
  textStart: readonly number[];
  /**
   * The id of the tokenizer's `eos_token`, if it names one. Chat models end their turns with it, but for those such as Gemma
   * that have a token of their own for turns (`<end_of_turn>`): a text ends there too (`eosTokenIds` of models/config.ts).
   */
  endOfTurn: number | undefined;
}

/** @throws when the source is not a tokenizer that can be built, or its template does not parse */
export function tokenizerFrom(source: TokenizerSource): Tokenizer {
  const { specialTokens, chatTemplate, place } = source;
  const codec = 'pieces' in source ? pieceCodec(source.pieces) : libraryCodec(source);
  const template = chatTemplate === undefined ? undefined : parseTemplate(chatTemplate, place);
  const end = specialTokens.eos_token;
  return {
    encode: codec.encode,
    encodeContinuation: codec.encodeContinuation,
    decode(ids) {
      const known = ids.filter((id) => codec.tokenOf(id) !== undefined);
      return known.length === 0 ? '' : codec.decode(known);
    },
    renderChat(messages, { addGenerationPrompt = true } = {}) {
      if (template === undefined) {
        throw new Error(`${place}: the model has no chat template; use plain prompts for it`);
      }
      return template.render({
        ...specialTokens,
        messages,
        add_generation_prompt: addGenerationPrompt,
      });
    },
    textStart: source.textStart ?? codec.textStart,
    endOfTurn: end === undefined ? undefined : codec.idOf(end),
  };
}

type JsonSource = Extract<TokenizerSource, { json: unknown }>;

function libraryCodec(source: JsonSource): TextCodec {
  const tokenizer = buildTokenizer(source);
  const encode = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids;
  return {
    encode,
    encodeContinuation: beginsWithSpace(source.json) ? afterText(encode) : encode,
    decode: (ids) =>
      tokenizer.decode([...ids], { skip_special_tokens: false, clean_up_tokenization_spaces: false }),
    idOf: (token) => tokenizer.token_to_id(token),
    tokenOf: (id) => tokenizer.id_to_token(id),
    textStart: idsBefore(encode(SAMPLE), tokenizer.encode(SAMPLE).ids),
  };
}

/** For private use, so in no vocabulary: it becomes its bytes or the unknown token, which nothing is joined with. */
const OUTSIDE = '\uE000';

/** The ids of a text as they follow another one. */
function afterText(encode: (text: string) => number[]): (text: string) => number[] {
  const before = encode(OUTSIDE).length;
  return (text) => encode(OUTSIDE + text).slice(before);
}

/** Whether the value of a `tokenizer.json` puts a space before a text, as SentencePiece's dummy prefix. */
function beginsWithSpace({ normalizer, pre_tokenizer }: JsonSource['json']): boolean {
  return [normalizer, pre_tokenizer].some(putsSpace);
}

function putsSpace(step: unknown): boolean {
  const { data } = SpaceStep.safeParse(step);
  switch (data?.type) {
    case 'Sequence':
      return [...data.normalizers, ...data.pretokenizers].some(putsSpace);
    case 'Metaspace':
      return data.prepend_scheme !== 'never' && data.add_prefix_space;
    default:
      return data?.type === 'Prepend';
  }
}

const SpaceStep = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('Sequence'),
    normalizers: z.array(z.unknown()).default([]),
    pretokenizers: z.array(z.unknown()).default([]),
  }),
  z.looseObject({
    type: z.literal('Metaspace'),
    prepend_scheme: z.string().default('always'),
    add_prefix_space: z.boolean().default(true),
  }),
  z.looseObject({ type: z.literal('Prepend') }),
]);

/** A text that shows what a tokenizer puts before it. */
const SAMPLE = 'a';

/** What precedes `ids` in `whole`. */
function idsBefore(ids: readonly number[], whole: readonly number[]): number[] {
  const start = whole.findIndex((_, at) => ids.every((id, i) => whole[at + i] === id));
  return start > 0 ? whole.slice(0, start) : [];
}

function buildTokenizer(source: JsonSource): HuggingFaceTokenizer {
  const json = { ...source.json, pre_tokenizer: withUnicodeClasses(source.json.pre_tokenizer) };
  try {
    return new HuggingFaceTokenizer(json, source.specialTokens);
  } catch (cause) {
    throw new Error(
      `${source.place}: the tokenizer cannot be built; expected the value of a tokenizer.json`,
      { cause },
    );
  }
}

// Without a clock a template falls back to its fixed date, so that a prompt is the same every day. Jinja drops the
// line break after the statement.
const NO_CLOCK = '{% set strftime_now = undefined %}\n';

function parseTemplate(template: string, place: string): Template {
  try {
    return new Template(NO_CLOCK + template);
  } catch (cause) {
    throw new Error(`${place}: the chat template is not valid Jinja`, { cause });
  }
}

/**
 * Replaces the library's own cuts at digits and white space, which know ASCII digits and JavaScript's spaces, by
 * patterns in which it follows the reference: every Unicode number (\p{N}), Unicode white space.
 */
function withUnicodeClasses(node: unknown): unknown {
  const parsed = PreTokenizer.safeParse(node);
  if (!parsed.success) return node;
  const cut = parsed.data;
  switch (cut.type) {
    case 'Sequence':
      return { ...cut, pretokenizers: cut.pretokenizers.map(withUnicodeClasses) };
    case 'Digits':
      return isolated(cut.individual_digits ? String.raw`\p{N}` : String.raw`\p{N}+`);
    case 'ByteLevel':
      // A prefix space is added before the cut, which only the library's own class does.
      if (!cut.use_regex || cut.add_prefix_space) return node;
      return { type: 'Sequence', pretokenizers: [isolated(GPT2_PIECES), { ...cut, use_regex: false }] };
  }
}

const PreTokenizer = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('Sequence'), pretokenizers: z.array(z.unknown()) }),
  z.looseObject({ type: z.literal('Digits'), individual_digits: z.boolean().default(false) }),
  z.looseObject({
    type: z.literal('ByteLevel'),
    use_regex: z.boolean().default(true),
    add_prefix_space: z.boolean().default(true),
  }),
]);

// The pattern of GPT-2's encoder: contractions, words, numbers, other signs, white space.
const GPT2_PIECES = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

function isolated(pattern: string) {
  return { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false };
}
