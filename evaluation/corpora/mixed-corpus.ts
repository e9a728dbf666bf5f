import { drawn } from '../tasks/vocabulary.js';
import type { Corpus } from './corpus.js';

/** Several corpora as one: every passage comes from one of them, each equally often. */
export function mixedCorpus(corpora: readonly Corpus[]): Corpus {
  return {
    name: corpora.map(({ name }) => name).join(' + '),
    words: [...new Set(corpora.flatMap(({ words }) => words))],
    digest: corpora.map(({ digest }) => digest).join(' '),
    passage: (random) => drawn(corpora, random).passage(random),
  };
}
