import type { Signs } from '../../schemas/words.js';
import type { Random } from '../statistics/random.js';

/** A text to learn from: each continuation is equally likely to follow the prompt, and each is learned. */
export interface Passage {
  prompt: string;
  continuations: string[];
}

/** Text without end that a model is trained on from nothing. */
export interface Corpus {
  name: string;
  /** Every word that its passages consist of. */
  words: string[];
  signs: Signs;
  /** What the corpus is drawn from: equal digests, equal passages. */
  digest: string;
  passage: (random: Random) => Passage;
}
