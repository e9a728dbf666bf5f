import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { TokenizerSource } from '../tokenizer.js';

/** Files of a folder in the layout of the hub that make its tokenizer. */
export const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'] as const;

/**
 * Reads `tokenizer.json`, and beside it `tokenizer_config.json` (special tokens, chat template) and
 * `chat_template.jinja`, which takes precedence.
 * @returns nothing when there is no `tokenizer.json`
 */
export async function readTokenizerFolder(folder: string): Promise<TokenizerSource | undefined> {
  const place = join(folder, 'tokenizer.json');
  const json = await readFields(place, z.record(z.string(), z.unknown()));
  if (json === undefined) return undefined;
  const config = (await readFields(join(folder, 'tokenizer_config.json'), TokenizerConfig)) ?? {};
  const templatePath = join(folder, 'chat_template.jinja');
  const chatTemplate = existsSync(templatePath)
    ? await readFile(templatePath, 'utf8')
    : defaultTemplate(config.chat_template, folder);
  const specialTokens = {
    bos_token: tokenText(config.bos_token),
    eos_token: tokenText(config.eos_token),
    unk_token: tokenText(config.unk_token),
    pad_token: tokenText(config.pad_token),
  };
  return { json, specialTokens, chatTemplate, place };
}

const Token = z.union([z.string(), z.object({ content: z.string() })]).nullish();
const NamedTemplates = z.array(z.object({ name: z.string(), template: z.string() }));
const TokenizerConfig = z.object({
  bos_token: Token,
  eos_token: Token,
  unk_token: Token,
  pad_token: Token,
  chat_template: z.union([z.string(), NamedTemplates]).nullish(),
});
type TokenizerConfig = z.infer<typeof TokenizerConfig>;

function tokenText(token: z.infer<typeof Token>): string | undefined {
  return typeof token === 'object' ? token?.content : token;
}

// Of several templates (tool use, retrieval) the one named "default" is for plain conversation.
function defaultTemplate(template: TokenizerConfig['chat_template'], folder: string): string | undefined {
  if (!Array.isArray(template)) return template ?? undefined;
  const chosen = template.find(({ name }) => name === 'default');
  if (chosen !== undefined) return chosen.template;
  const names = template.map(({ name }) => name).join(', ');
  throw new Error(
    `${join(folder, 'tokenizer_config.json')}: chat templates are named ${names}, expected one named "default"`,
  );
}

async function readFields<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  if (!existsSync(path)) return undefined;
  const text = await readFile(path, 'utf8');
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${path}: this is not the JSON of a tokenizer; it may be cut off, fetch it anew`, {
      cause,
    });
  }
}
