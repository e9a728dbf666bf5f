import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { GgufFile } from '../../models/checkpoints/gguf-file.js';
import { tokenizerFromGguf } from '../../models/checkpoints/gguf-tokenizer.js';
import { pieceCodec } from '../../models/piece-codec.js';
import { tokenizerFrom } from '../../models/tokenizer.js';
import { fixture } from './fixtures.js';

interface Pieces {
  tokens: string[];
  scores: number[];
  types: number[];
  cases: { text: string; ids: number[] }[];
}
const pieces: Pieces = JSON.parse(readFileSync(fixture('checkpoints/pieces.json'), 'utf8'));

function asGguf(changes: [string, unknown][] = []): GgufFile {
  return {
    place: 'x.gguf',
    metadata: new Map<string, unknown>([
      ['tokenizer.ggml.model', 'llama'],
      ['tokenizer.ggml.tokens', pieces.tokens],
      ['tokenizer.ggml.scores', pieces.scores],
      ['tokenizer.ggml.token_type', pieces.types],
      ['tokenizer.ggml.bos_token_id', 1],
      ['tokenizer.ggml.unknown_token_id', 0],
      ['tokenizer.ggml.add_space_prefix', false],
      ...changes,
    ]),
    shapes: new Map(),
    read: () => ({ shape: [], values: new Float32Array(0) }),
  };
}

function tokenizerOf(changes: [string, unknown][] = []) {
  const source = tokenizerFromGguf(asGguf(changes));
  return tokenizerFrom(source ?? expect.fail('the metadata hold a tokenizer'));
}

describe('a vocabulary of SentencePiece in GGUF metadata', () => {
  const tokenizer = tokenizerOf();

  test.each(pieces.cases)('gives the ids of the reference implementation: $text', ({ text, ids }) => {
    expect(tokenizer.encode(text)).toEqual(ids);
  });

  test.each(pieces.cases)('gives the text back: $text', ({ text, ids }) => {
    expect(tokenizer.decode(ids)).toBe(text);
  });

  test('names the token before every text, unless the file says there is none', () => {
    expect(tokenizer.textStart).toEqual([1]);
    expect(tokenizerOf([['tokenizer.ggml.add_bos_token', false]]).textStart).toEqual([]);
  });

  test('with a space before every text, loses it when it is read back', () => {
    const spaced = tokenizerOf([['tokenizer.ggml.add_space_prefix', true]]);
    expect(spaced.encode('Hello')).toEqual(tokenizer.encode(' Hello'));
    expect(spaced.decode(spaced.encode('Hello world'))).toBe('Hello world');
  });

  test('with a space before every text, puts none before what continues one', () => {
    const spaced = tokenizerOf([['tokenizer.ggml.add_space_prefix', true]]);
    for (const text of ['Hello', ' Hello', '\nHello'])
      expect(spaced.encodeContinuation(text)).toEqual(tokenizer.encode(text));
  });

  test('with a space before every text, puts one after every whole token, too', () => {
    const spaced = tokenizerOf([['tokenizer.ggml.add_space_prefix', true]]);
    const whole = pieces.tokens[1] ?? '';
    const ids = [...spaced.encode('Hello'), 1, ...spaced.encode('world'), 1];
    expect(spaced.encode(`Hello${whole}world${whole}`)).toEqual(ids);
    expect(spaced.encodeContinuation(`${whole}world`)).toEqual([1, ...spaced.encode('world')]);
  });
});

describe('pieces are joined', () => {
  const codec = (entries: Record<string, number>, unknownId?: number) => {
    const tokens = Object.keys(entries);
    return pieceCodec({
      pieces: tokens,
      scores: Object.values(entries),
      kinds: tokens.map(() => 'text'),
      unknownId,
      addsSpace: false,
    });
  };

  test('by the highest score, and from left to right where scores are equal', () => {
    const { encode } = codec({ a: 0, b: 0, c: 0, ab: -2, bc: -1, aa: -3 });
    expect(encode('abc')).toEqual([0, 4]);
    expect(encode('aaa')).toEqual([5, 0]);
  });

  test('as long as there is a pair: a pair of pairs counts, too', () => {
    expect(codec({ a: 0, aa: -1, aaaa: -2 }).encode('aaaaaa')).toEqual([2, 1]);
  });

  test('and what is in no vocabulary is the unknown token, or an error where there is none', () => {
    expect(codec({ '?': 0, a: 0 }, 0).encode('axa')).toEqual([1, 0, 1]);
    expect(() => codec({ a: 0 }).encode('x')).toThrow(/no piece, byte or unknown token for "x"/);
  });
});
