import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { type EncodedItem, encodeItem } from '../../models/batch.js';
import type { LanguageModel } from '../../models/language-model.js';
import { loadModel } from '../../runtime/load-model.js';
import { readSettings } from '../../runtime/settings.js';

const ItemLine = z.object({ prompt: z.string(), options: z.array(z.string()), label: z.number() });

const models = new Map<string, Promise<LanguageModel>>();

/** The model, loaded once a process. */
export function kept(name: string): Promise<LanguageModel> {
  const known = models.get(name);
  if (known !== undefined) return known;
  const loading = loadModel(name, readSettings(process.env, process.cwd()));
  models.set(name, loading);
  return loading;
}

/** The first items of a file with lines of {"prompt", "options", "label"}. */
export async function encodedItems(
  model: LanguageModel,
  file: string,
  limit: number,
): Promise<EncodedItem[]> {
  const { tokenizer } = model;
  if (tokenizer === undefined) throw new Error(`${model.name} has no tokenizer`);
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines
    .slice(0, limit)
    .map((line, index) =>
      encodeItem(tokenizer, { id: String(index), ...ItemLine.parse(JSON.parse(line)) }, { format: 'plain' }),
    );
}
