import type { EncodedItem } from '../models/batch.js';
import type { LanguageModel } from '../models/language-model.js';
import type { PrefixCache } from '../models/prefix-cache.js';
import type { Treatment } from '../models/treatment.js';
import type { TrialRow } from '../schemas/tables.js';

/** What a method may use. Test items are not among it. */
export interface Workbench {
  model: LanguageModel;
  /** Items that choose hyper-parameters, never seen in training. */
  validation: readonly EncodedItem[];
  prefixes: PrefixCache;
  /** How an item's option log-probabilities are judged; the same rule judges the test items. */
  judge: (logprobs: readonly number[], label: number) => { correct: boolean; margin: number };
  /** A generator of numbers in [0, 1) for a purpose; the same seed and purpose give the same numbers. */
  random: (purpose: string) => () => number;
  onProgress: (phase: string, step: number, of: number, loss?: number) => void;
}

/** A treatment with what its search looked at and what it cost. The caller owns the treatment's tensors. */
export interface Fitted {
  treatment: Treatment;
  trials: TrialRow[];
  /** FLOPs spent on the chosen treatment itself, and on the rest of the search: other candidates, and scoring all on validation. */
  flops: { method: number; search: number };
  trainableParameters: number;
  /** What a vector is the mean of: the contrasts of its examples by layer, [C] each. */
  contrasts?: ReadonlyMap<number, readonly Float32Array[]>;
}
