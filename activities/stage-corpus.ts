import type { Corpus } from '../evaluation/corpora/corpus.js';
import { mixedCorpus } from '../evaluation/corpora/mixed-corpus.js';
import type { PretrainStage } from '../schemas/pretraining.js';

/** What a pretrain stage's models learn from, with the words of the tasks that are held back. */
export async function stageCorpus(
  { corpus: names, vocabulary }: PretrainStage,
  load: (name: string) => Promise<Corpus>,
): Promise<Corpus> {
  const corpus = mixedCorpus(await Promise.all(names.map(load)));
  const others = await Promise.all(vocabulary.map(load));
  return { ...corpus, words: [...new Set([corpus, ...others].flatMap(({ words }) => words))] };
}
