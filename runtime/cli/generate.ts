import { generateAll } from '../../models/generation.js';
import { loadModel } from '../load-model.js';
import { readSettings } from '../settings.js';
import { chosenTreatment, type TreatmentOptions } from './chosen-treatment.js';
import { printable } from './printable.js';
import { promptOf, tokenizerOf } from './prompt.js';

export interface GenerateOptions extends TreatmentOptions {
  model: string;
  prompt: string;
  chat?: boolean;
  maxTokens: number;
}

/** Prints a greedy continuation, token by token. */
export async function generateText(options: GenerateOptions): Promise<void> {
  using model = await loadModel(options.model, readSettings(process.env, process.cwd()));
  const tokenizer = tokenizerOf(model);
  const treatment = await chosenTreatment(model, options);
  const prompt = promptOf(tokenizer, options.prompt, { chat: options.chat ?? false });
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
  await generateAll(model, [prompt], { maxTokens: options.maxTokens, treatment, onToken });
  process.stdout.write('\n');
}
