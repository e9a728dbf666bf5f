import { joinedPieces } from './joined-pieces.js';

/** A vocabulary of SentencePiece: pieces of text with scores, in which a space is written ▁. */
export interface PieceVocabulary {
  /** By id. */
  pieces: readonly string[];
  /** Of two neighbours the pair whose piece has the highest score is joined first. */
  scores: readonly number[];
  kinds: readonly PieceKind[];
  unknownId: number | undefined;
  /** A text begins as if a space were before it, and so does what follows a token that is recognised as a whole. */
  addsSpace: boolean;
}

/** Text, a token that is recognised as a whole, one byte, or one that no text becomes. */
export type PieceKind = 'text' | 'whole' | 'byte' | 'unused';

/** Text to token ids and back. */
export interface TextCodec {
  encode(text: string): number[];
  /** As `encode`, for a text that another one precedes. */
  encodeContinuation(text: string): number[];
  decode(ids: readonly number[]): string;
  idOf(token: string): number | undefined;
  tokenOf(id: number): string | undefined;
  /** Ids before every text, as far as the vocabulary says. */
  textStart: readonly number[];
}

const SPACE = '▁';

/**
 * SentencePiece's byte-pair encoding by scores (Kudo and Richardson 2018; as llama.cpp's llm_tokenizer_spm has it). What
 * the vocabulary lacks becomes its bytes in UTF-8, or the unknown token where it has no bytes either.
 */
export function pieceCodec(vocabulary: PieceVocabulary): TextCodec {
  const { pieces, kinds, addsSpace } = vocabulary;
  const ids = new Map(pieces.map((piece, id) => [piece, id]));
  const wholes = wholeTokens(vocabulary);
  const encode = (text: string, { begins }: { begins: boolean }) =>
    cut(text, wholes).flatMap(({ whole, start, end }) => {
      if (whole !== undefined) return [whole];
      const prefix = addsSpace && (begins || start > 0) ? SPACE : '';
      return encodePieces(prefix + text.slice(start, end).replaceAll(' ', SPACE), vocabulary, ids);
    });
  return {
    encode: (text) => encode(text, { begins: true }),
    encodeContinuation: (text) => encode(text, { begins: false }),
    decode(tokens) {
      const bytes = tokens.map((id) => {
        const piece = pieces[id] ?? '';
        if (kinds[id] === 'byte') return Buffer.from([byteOf(piece)]);
        return Buffer.from(kinds[id] === 'text' ? piece.replaceAll(SPACE, ' ') : piece);
      });
      const text = Buffer.concat(bytes).toString('utf8');
      return addsSpace && kinds[tokens[0] ?? -1] === 'text' ? text.replace(/^ /, '') : text;
    },
    idOf: (token) => ids.get(token),
    tokenOf: (id) => pieces[id],
    textStart: [],
  };
}

interface WholeTokens {
  ids: ReadonlyMap<string, number>;
  /** Lengths that occur after a first character, the longest first. */
  lengths: ReadonlyMap<string, readonly number[]>;
}

function wholeTokens({ pieces, kinds }: PieceVocabulary): WholeTokens {
  const ids = new Map(pieces.flatMap((piece, id) => (kinds[id] === 'whole' ? [[piece, id]] : [])));
  const lengths = new Map<string, number[]>();
  for (const { 0: first, length } of ids.keys()) {
    if (first === undefined) continue;
    const known = lengths.get(first) ?? [];
    if (!known.includes(length))
      lengths.set(
        first,
        [...known, length].sort((a, b) => b - a),
      );
  }
  return { ids, lengths };
}

/** A whole token, or a stretch of text between them. */
interface Stretch {
  start: number;
  end: number;
  whole?: number;
}

/** The longest whole token at the earliest place is cut out first. */
function cut(text: string, { ids, lengths }: WholeTokens): Stretch[] {
  const stretches: Stretch[] = [];
  let start = 0;
  for (let at = 0; at < text.length; ) {
    const length = lengths.get(text[at] ?? '')?.find((size) => ids.has(text.slice(at, at + size)));
    const whole = length === undefined ? undefined : ids.get(text.slice(at, at + length));
    if (length === undefined || whole === undefined) {
      at += 1;
      continue;
    }
    if (at > start) stretches.push({ start, end: at });
    stretches.push({ start: at, end: at + length, whole });
    at += length;
    start = at;
  }
  if (start < text.length) stretches.push({ start, end: text.length });
  return stretches;
}

function encodePieces(
  text: string,
  { scores, kinds, unknownId }: PieceVocabulary,
  ids: ReadonlyMap<string, number>,
): number[] {
  const idOf = (piece: string): number | undefined => {
    const id = ids.get(piece);
    return id !== undefined && kinds[id] === 'text' ? id : undefined;
  };
  const parts = joinedPieces([...text], (piece) => {
    const id = idOf(piece);
    return id === undefined ? undefined : scores[id];
  });
  return parts.flatMap((part) => {
    const id = idOf(part);
    if (id !== undefined) return [id];
    const bytes = [...Buffer.from(part)].map((byte) => ids.get(byteToken(byte)));
    const known = bytes.filter((byte) => byte !== undefined);
    if (known.length === bytes.length) return known;
    if (unknownId !== undefined) return [unknownId];
    throw new Error(`the vocabulary has no piece, byte or unknown token for ${JSON.stringify(part)}`);
  });
}

function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

function byteOf(piece: string): number {
  return Number.parseInt(piece.slice(3, 5), 16);
}
