import { type EncodedItem, encodePrompt } from '../../models/batch.js';
import type { LanguageModel } from '../../models/language-model.js';
import type { Tokenizer } from '../../models/tokenizer.js';
import { InvalidInput } from '../../schemas/invalid-input.js';

/** @throws InvalidInput when the prompt has no tokens */
export function promptOf(
  tokenizer: Tokenizer,
  prompt: string,
  { chat }: { chat: boolean },
): Pick<EncodedItem, 'promptIds' | 'words'> {
  const encoded = encodePrompt(tokenizer, prompt, chat ? 'chat' : 'plain');
  if (encoded.promptIds.length === 0) throw new InvalidInput('--prompt has no tokens; expected some text');
  return encoded;
}

/** @throws InvalidInput for a checkpoint without a tokenizer */
export function tokenizerOf({ name, tokenizer }: LanguageModel): Tokenizer {
  if (tokenizer !== undefined) return tokenizer;
  throw new InvalidInput(
    `model "${name}" has no tokenizer.json; give token ids with --prompt-ids and --option-ids`,
  );
}
