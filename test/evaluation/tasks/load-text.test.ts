import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { chatPrompts } from '../../../evaluation/tasks/chat-prompts.js';
import { listTexts, loadText } from '../../../evaluation/tasks/load-text.js';
import { folderOf, folders } from './folders.js';

describe('the text moby-dick', () => {
  it('is hundreds of passages of the novel, the same on every load, in no order of the chapters', async () => {
    const { passages } = await loadText('moby-dick', folders);
    expect((await loadText('moby-dick', folders)).passages).toEqual(passages);
    expect(passages.length).toBeGreaterThan(500);
    const opening = passages.findIndex((passage) => passage.startsWith('Call me Ishmael.'));
    expect(opening).toBeGreaterThan(0);
  });

  it('says what it is and that it is free', async () => {
    expect((await listTexts(folders))['moby-dick']).toMatchObject({ licence: 'CC0-1.0' });
  });
});

it('code keeps its lines and is thousands of them, under a licence that is stated', async () => {
  const { passages, format } = await loadText('code', folders);
  expect(format).toBe('plain');
  expect(passages.length).toBeGreaterThan(60);
  expect(passages.filter((passage) => /\n {2,}\S/.test(passage)).length).toBeGreaterThan(50);
  expect((await listTexts(folders)).code).toMatchObject({ licence: 'MIT' });
});

it('chat prompts are different requests, the same on every load, as turns of a user', async () => {
  const { passages, format } = await loadText('chat-prompts', folders);
  expect(format).toBe('chat');
  expect(new Set(passages).size).toBe(160);
  expect((await loadText('chat-prompts', folders)).passages).toEqual(passages);
  expect(chatPrompts({ count: 20, seed: 1 })).toEqual(chatPrompts({ count: 40, seed: 1 }).slice(0, 20));
  expect(chatPrompts({ count: 20, seed: 2 })).not.toEqual(chatPrompts({ count: 20, seed: 1 }));
});

it('more chat prompts than there are is an error, not an endless search', () => {
  expect(() => chatPrompts({ count: 5000, seed: 0 })).toThrow('different requests, expected 5000');
});

describe('a text of one’s own', () => {
  it('falls into passages of whole paragraphs, none twice', async () => {
    const paragraph = (word: string) => `${word} `.repeat(100).trim();
    const [one, two, three] = ['one', 'two', 'three'].map(
      (word) => `${paragraph(word)}\n\n${paragraph(`${word}s`)}`,
    );
    const folder = await folderOf({ 'own.txt': `${one}\r\n\r\n${two}\n\n\n${three}\n\n${one}` });
    const { passages } = await loadText('own.txt', { ...folders, from: folder });
    const expected = ['one', 'two', 'three'].flatMap((word) => [word, `${word}s`].map(paragraph)).sort();
    expect(passages.flatMap((passage) => passage.split('\n\n')).sort()).toEqual(expected);
  });

  it('that is short is one passage', async () => {
    const folder = await folderOf({ 'own.txt': 'A line.\n' });
    expect((await loadText(path.join(folder, 'own.txt'), folders)).passages).toEqual(['A line.']);
  });

  it('that is empty or absent is an error naming it', async () => {
    const folder = await folderOf({ 'own.txt': ' \n' });
    await expect(loadText('own.txt', { ...folders, from: folder })).rejects.toThrow('own.txt: found no text');
    await expect(loadText('./none.txt', { ...folders, from: folder })).rejects.toThrow(
      'none.txt: the text cannot be read',
    );
  });
});

it('an unknown text is refused with the name that was probably meant', async () => {
  await expect(loadText('mobydick', folders)).rejects.toThrow(
    'found no text "mobydick" — did you mean "moby-dick"?',
  );
});
