import { wordsOf } from '../../schemas/words.js';
import { UNKNOWN_WORD, type WordVocabulary } from './model-files.js';

/**
 * Encodes as the tokenizer of `wordTokenizerFile` does, without its general machinery: a corpus is encoded anew at every step.
 * @throws for a word that is not in the vocabulary
 */
export function wordEncoder({ words, signs }: WordVocabulary): (text: string) => number[] {
  const ids = new Map([UNKNOWN_WORD, ...words].map((word, id) => [word, id]));
  return (text) =>
    wordsOf(text, signs).map((word) => {
      const id = ids.get(word);
      if (id !== undefined) return id;
      throw new Error(
        `the word ${JSON.stringify(word)} is not among the ${words.length} words of the corpus`,
      );
    });
}
