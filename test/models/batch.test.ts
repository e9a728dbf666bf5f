import { describe, expect, test } from 'vitest';
import {
  batchesOf,
  checkedItem,
  encodeItem,
  encodePrompt,
  promptedIds,
  textBatch,
  trainingBatch,
} from '../../models/batch.js';
import { type Tokenizer, tokenizerFrom } from '../../models/tokenizer.js';
import { randomItems } from './fixtures.js';
import { sentencePieceSource } from './sentencepiece.js';

const codePoints = (text: string) => [...text].map((character) => character.codePointAt(0) ?? 0);

/** One token per character. */
const characters: Tokenizer = {
  encode: codePoints,
  encodeContinuation: codePoints,
  decode: (ids) => String.fromCodePoint(...ids),
  renderChat: ([message]) => `<${message?.role}>${message?.content}</>`,
  textStart: [],
  endOfTurn: undefined,
};

const text = (ids: readonly number[]) => characters.decode([...ids]);

test.each([
  ['Q:', 'yes', 'Q:', ' yes'],
  ['Q: ', 'yes', 'Q: ', 'yes'],
  ['Q:\n', 'yes', 'Q:\n', 'yes'],
  ['Q:', ' yes', 'Q:', ' yes'],
  ['Q:', '\nyes', 'Q:', '\nyes'],
])('plain: %j and %j become %j and %j', (prompt, option, expectedPrompt, expectedOption) => {
  const item = encodeItem(
    characters,
    { id: 'a', prompt, options: [option, option], label: 1 },
    { format: 'plain' },
  );
  expect(text(item.promptIds)).toBe(expectedPrompt);
  expect(item.optionIds.map(text)).toEqual([expectedOption, expectedOption]);
});

test('chat: the prompt is a user turn, the option follows as it stands', () => {
  const item = encodeItem(
    characters,
    { id: 'a', prompt: 'Q:', options: ['yes', ' no'], label: 0 },
    { format: 'chat' },
  );
  expect(text(item.promptIds)).toBe('<user>Q:</>');
  expect(item.optionIds.map(text)).toEqual(['yes', ' no']);
});

test.each([
  ['plain', ['yes', ' yes'], ['Hello yes', 'Hello yes']],
  ['chat', ['yes', ' yes'], ['[Hello]yes', '[Hello] yes']],
] as const)('%s: an option has the ids that it has after the prompt', (format, options, whole) => {
  const tokenizer = tokenizerFrom(sentencePieceSource(undefined, '[{{ messages[0].content }}]'));
  const item = encodeItem(tokenizer, { id: 'a', prompt: 'Hello', options, label: 0 }, { format });
  expect(item.optionIds.map((ids) => [...item.promptIds, ...ids])).toEqual(whole.map(tokenizer.encode));
});

describe('chat: the user’s words', () => {
  const wordsOf = (tokenizer: Tokenizer, prompt: string) => {
    const { promptIds, words } = encodePrompt(tokenizer, prompt, 'chat');
    return tokenizer.decode(promptIds.slice(words?.start, words?.end));
  };

  test('are found where the template trims them', () => {
    const trimming: Tokenizer = { ...characters, renderChat: ([message]) => `^<${message?.content.trim()}>` };
    expect(wordsOf(trimming, ' Is it so?\n')).toBe('Is it so?');
    const { promptIds, words } = encodePrompt(trimming, 'Q\n', 'chat');
    expect(text(promptedIds({ promptIds, ...(words && { words }) }, characters.encode('Think. ')))).toBe(
      '^<Think. Q>',
    );
  });

  test('are found where the template’s own text holds them', () => {
    const helpful: Tokenizer = { ...characters, renderChat: ([message]) => `An AI.<${message?.content}>AI:` };
    const { words } = encodePrompt(helpful, 'AI', 'chat');
    expect(words).toEqual({ start: 7, end: 9 });
  });

  test('begin with a token that reaches across from the template', () => {
    const template = '[ {{ messages[0].content }} ]';
    expect(wordsOf(tokenizerFrom(sentencePieceSource(undefined, template)), 'Hello')).toBe('Hello');
  });
});

test('an item without prompt tokens, with an empty option or a label out of range is refused by name', () => {
  const item = { id: 'a7', promptIds: [1], optionIds: [[2], [3]], label: 0 };
  expect(() => checkedItem({ ...item, promptIds: [] })).toThrow(/item a7: its prompt has no tokens/);
  expect(() => checkedItem({ ...item, optionIds: [] })).toThrow(/item a7: it has no options/);
  expect(() => checkedItem({ ...item, optionIds: [[2], []] })).toThrow(/item a7: option 1 has no tokens/);
  expect(() => checkedItem({ ...item, label: 2 })).toThrow(/its label is 2, expected an option from 0 to 1/);
});

test('a packed row holds the prompt once, then its options, each starting right after the prompt', () => {
  const items = [
    { id: 'long', promptIds: [11, 12, 13], optionIds: [[21], [31, 32]], label: 1 },
    { id: 'short', promptIds: [14], optionIds: [[22], [33]], label: 0 },
  ];
  const [batch] = batchesOf(items, { maxTokens: 100, batchCost: 1000 });
  expect(batch).toEqual({
    rows: 2,
    width: 6,
    members: [1, 0],
    ids: Int32Array.of(14, 22, 33, 0, 0, 0, 11, 12, 13, 21, 31, 32),
    positions: Int32Array.of(0, 1, 1, 0, 0, 0, 0, 1, 2, 3, 3, 4),
    segments: Int32Array.of(0, 1, 2, -1, -1, -1, 0, 0, 0, 1, 2, 2),
  });
});

test('batches hold every item once, stay within the bound, and depend on the items alone', () => {
  const items = randomItems(57);
  const batches = batchesOf(items, { maxTokens: 64, batchCost: 1000 });
  expect(batches.flatMap(({ members }) => members).sort((a, b) => a - b)).toEqual([...items.keys()]);
  for (const { rows, width } of batches) expect(rows * width).toBeLessThanOrEqual(64);
  expect(batchesOf(items, { maxTokens: 64, batchCost: 1000 })).toEqual(batches);
});

test('an item longer than the bound makes a batch of its own, and no items make no batch', () => {
  const items = randomItems(3);
  expect(batchesOf(items, { maxTokens: 1, batchCost: 1000 }).map(({ rows }) => rows)).toEqual([1, 1, 1]);
  expect(batchesOf([], { maxTokens: 64, batchCost: 1000 })).toEqual([]);
});

test('a training row is the prompt with the right option but its last token; its tokens are the only targets', () => {
  const item = { id: 'a', promptIds: [11, 12], optionIds: [[21], [31, 32]], label: 1 };
  const batch = trainingBatch([item, { ...item, label: 0 }]);
  expect([...batch.ids]).toEqual([11, 12, 31, 11, 12, 0]);
  expect([...batch.targets]).toEqual([-1, 31, 32, -1, 21, -1]);
});

test('running text is scored at every token but the first', () => {
  const batch = textBatch([
    [1, 2, 3],
    [4, 5],
  ]);
  expect([...batch.targets]).toEqual([2, 3, -1, 5, -1, -1]);
  expect([...batch.segments]).toEqual([0, 1, 1, 0, 1, -1]);
  expect([...batch.positions]).toEqual([0, 1, 2, 0, 1, 0]);
});

test('before running text a prompt follows what stands before every text', () => {
  const windows = [[9, 1, 2]];
  const batch = textBatch(windows, { prompt: [7, 8], textStart: [9] });
  expect([...batch.ids]).toEqual([9, 7, 8, 1, 2]);
  expect([...batch.targets]).toEqual([-1, -1, 1, 2, -1]);
  expect([...batch.segments]).toEqual([0, 0, 0, 1, 1]);
  const otherwise = textBatch(windows, { prompt: [7, 8], textStart: [5] });
  expect([...otherwise.ids]).toEqual([7, 8, 9, 1, 2]);
  expect([...otherwise.targets]).toEqual([-1, -1, 1, 2, -1]);
});
