import { generate } from '../../models/generation.js';
import { loadModel } from '../load-model.js';
import { readSettings } from '../settings.js';
import { printable } from './printable.js';
import { promptIdsOf, tokenizerOf } from './prompt.js';

/** Prints a greedy continuation, token by token. */
export async function generateText(options: {
  model: string;
  prompt: string;
  chat?: boolean;
  maxTokens: number;
}): Promise<void> {
  using model = await loadModel(options.model, readSettings(process.env, process.cwd()));
  const tokenizer = tokenizerOf(model);
  const ids: number[] = [];
  let shown = '';
  const onToken = (id: number) => {
    ids.push(id);
    const text = tokenizer.decode(ids);
    // A character may span tokens; its first half decodes to a replacement mark.
    if (text.endsWith('\uFFFD')) return;
    process.stdout.write(printable(text.slice(shown.length)));
    shown = text;
  };
  await generate(model, promptIdsOf(tokenizer, options.prompt, { chat: options.chat ?? false }), {
    maxTokens: options.maxTokens,
    onToken,
  });
  process.stdout.write('\n');
}
