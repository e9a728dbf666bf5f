/** Whether signs such as full stops are words of their own, or only spaces separate words. */
export type Signs = 'apart' | 'within';

const patterns: Record<Signs, RegExp> = { apart: /[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]+/gu, within: /\S+/g };

/** What a text consists of for a model with a vocabulary of whole words; its tokenizer cuts alike. */
export function wordsOf(text: string, signs: Signs): string[] {
  return text.match(patterns[signs]) ?? [];
}
