import type { LanguageModel } from './language-model.js';

/** What ended a generated text: the model's own token, a stop sequence, the most tokens there may be, or the context's end. */
export type Ended = 'token' | 'stop' | 'length' | 'context';

/**
 * Why a text is at its end, if it is.
 * @param stop sequences any of which ends a text that holds it
 * @throws when there are such and the model has no tokenizer
 */
export function textEnd(
  { name, tokenizer, config }: LanguageModel,
  { stop = [], maxTokens }: { stop?: readonly string[]; maxTokens: number },
): (text: { ids: readonly number[]; next: number }) => Ended | undefined {
  if (stop.length > 0 && tokenizer === undefined)
    throw new Error(`model "${name}" has no tokenizer, and a stop sequence is text`);
  const ends = new Set([...config.eosTokenIds, tokenizer?.endOfTurn]);
  // A character may be four tokens, one a byte; what lies further back was looked at before.
  const reach = 4 * Math.max(0, ...stop.map(({ length }) => length)) + 4;
  return ({ ids, next }) => {
    if (ends.has(ids.at(-1))) return 'token';
    const tail = stop.length === 0 ? '' : (tokenizer?.decode(ids.slice(-reach)) ?? '');
    if (stop.some((text) => tail.includes(text))) return 'stop';
    if (ids.length >= maxTokens) return 'length';
    return next >= config.contextLength ? 'context' : undefined;
  };
}

/** Generated ids as text, without a token that ended it and from a stop sequence on. */
export function generatedText(
  { name, tokenizer, config }: LanguageModel,
  ids: readonly number[],
  stop: readonly string[] = [],
): string {
  if (tokenizer === undefined)
    throw new Error(`model "${name}" has no tokenizer, and what it writes is read as text`);
  const last = ids.at(-1);
  const isEnd = last !== undefined && (last === tokenizer.endOfTurn || config.eosTokenIds.includes(last));
  const text = tokenizer.decode(isEnd ? ids.slice(0, -1) : ids);
  const cuts = stop.map((sequence) => text.indexOf(sequence)).filter((place) => place >= 0);
  return text.slice(0, Math.min(text.length, ...cuts));
}
