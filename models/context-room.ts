import { InvalidInput } from '../schemas/invalid-input.js';
import type { EncodedItem } from './batch.js';
import type { LanguageModel } from './language-model.js';

/** Tokens of an item's prompt with its longest answer, chosen or written. */
export function lengthOf({ promptIds, optionIds, generates }: EncodedItem): number {
  return promptIds.length + Math.max(generates?.rule.max_tokens ?? 0, ...optionIds.map((ids) => ids.length));
}

/**
 * An item that fits into a model's context: its prompt with its longest option, or with a token to be written.
 * @throws InvalidInput saying how long the item is and what a task file can say of such
 */
export function fitting(
  item: EncodedItem,
  { name, config }: Pick<LanguageModel, 'name' | 'config'>,
): EncodedItem {
  const { id, promptIds, optionIds, generates } = item;
  const ending = generates?.ending.length ?? 0;
  const tokens = promptIds.length + ending + Math.max(1, ...optionIds.map((ids) => ids.length));
  if (tokens <= config.contextLength) return item;
  throw new InvalidInput(
    `item ${id}: prompt and longest answer have ${tokens} tokens, the context of ${name} holds ${config.contextLength}; say "too_long" in the task file, which cuts or leaves out long prompts`,
  );
}
