import type { LanguageModel } from '../../models/language-model.js';
import type { Tokenizer } from '../../models/tokenizer.js';
import { InvalidInput } from '../../schemas/invalid-input.js';

export function promptIdsOf(tokenizer: Tokenizer, prompt: string, { chat }: { chat: boolean }): number[] {
  const text = chat
    ? tokenizer.renderChat([{ role: 'user', content: prompt }], { addGenerationPrompt: true })
    : prompt;
  const ids = tokenizer.encode(text);
  if (ids.length === 0) throw new InvalidInput('--prompt has no tokens; expected some text');
  return ids;
}

/** @throws InvalidInput for a checkpoint without a tokenizer */
export function tokenizerOf({ name, tokenizer }: LanguageModel): Tokenizer {
  if (tokenizer !== undefined) return tokenizer;
  throw new InvalidInput(
    `model "${name}" has no tokenizer.json; give token ids with --prompt-ids and --option-ids`,
  );
}
