import { drawn } from '../tasks/vocabulary.js';
import type { Corpus } from './corpus.js';

/** Several corpora as one: every passage comes from one of them, each equally often. @throws when they cut texts into words differently */
export function mixedCorpus(corpora: readonly Corpus[]): Corpus {
  const [first, ...others] = corpora;
  const other = others.find(({ signs }) => signs !== first?.signs);
  if (first === undefined || other !== undefined)
    throw new Error(
      `corpora ${corpora.map(({ name, signs }) => `${name} (signs ${signs} words)`).join(', ')}: expected one at least, and all of one kind`,
    );
  return {
    name: corpora.map(({ name }) => name).join(' + '),
    words: [...new Set(corpora.flatMap(({ words }) => words))],
    signs: first.signs,
    digest: corpora.map(({ digest }) => digest).join(' '),
    passage: (random) => drawn(corpora, random).passage(random),
  };
}
