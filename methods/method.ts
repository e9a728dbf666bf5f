import type { z } from 'zod';
import type { EncodedItem } from '../models/batch.js';
import type { Spent } from '../models/compute-meter.js';
import type { LanguageModel } from '../models/language-model.js';
import type { PrefixCache } from '../models/prefix-cache.js';
import type { ScoringOptions } from '../models/scoring.js';
import type { Treatment } from '../models/treatment.js';
import type { MethodKind } from '../schemas/pipeline.js';
import type { TrialRow } from '../schemas/tables.js';
import type { ContrastReader } from './contrasts.js';
import type { Steps, Trainable } from './training.js';

/** A way to spend post-training data, whole in its file: what it is, what can be set, and how it makes a treatment. */
export interface Method<O = unknown> {
  name: string;
  /** The kind of stage that runs it. */
  kind: MethodKind;
  /** What its treatment is, in a word or two: a report tells kinds of steering by it. Absent where the kind says all. */
  form?: string;
  /** One line for `crossover methods`. */
  summary: string;
  /** It is there for others to be held against, and never stands for its kind. */
  control?: true;
  /** Where it comes from: paper and equation or section. */
  source: string;
  /** Raised whenever the same input would give another result. */
  version: number;
  /** What a stage may set, with its defaults; the source of each default stands in its description. */
  options: z.ZodObject;
  /** It learns from unrelated text, too, on which its cells then depend. */
  readsUnrelated?: true;
  /** Candidates that a search with these options judges on validation; of a combination, in all its searches. */
  trials: (options: O, parts?: readonly PartChoice[]) => number;
  /**
   * Spends the examples.
   * @throws NonFinite when no candidate gives finite numbers, Unfit when the examples cannot serve the method
   */
  fit: (bench: Workbench, items: readonly EncodedItem[], options: O) => Promise<Fitted>;
  /** Of a method that trains: where training starts. Joint training starts from two methods at once. */
  starts?: (bench: Workbench, options: O) => Trainable[];
  /** How many of these there are, whatever the model. */
  startCount?: (options: O) => number;
  /** Of a method that trains on something else than the likelihood of the right options: what its steps minimise. */
  steps?: (bench: Workbench, items: readonly EncodedItem[], options: O) => Promise<Steps>;
  /** Of a combination: what is wrong with these two methods as its parts. */
  refuses?: (parts: readonly Method[]) => string | undefined;
}

/** What a method may use. Test items are not among it. */
export interface Workbench {
  model: LanguageModel;
  /** Applied along with whatever the method makes, and not part of its result: the other part of a combination. */
  on: Treatment;
  /** What a combination combines; empty for all other methods. */
  parts: readonly Part[];
  /** Whether candidates are judged with `on`, or alone although they are made with it. */
  judged: 'with' | 'alone';
  /** Items that choose hyper-parameters, never seen in training. */
  validation: readonly EncodedItem[];
  /** Tokens of the longest text that a treatment is put before: test items have their length here and nothing else. */
  longest: number;
  prefixes: PrefixCache;
  /** Activations of right and wrong options. */
  contrasts: ContrastReader;
  /** Windows of text unrelated to the task, as token ids; none of them is evaluated on. */
  unrelated: readonly (readonly number[])[];
  /** Puts items before a model, this bench's or what a method made of it; the same rules judge the test items. */
  examine: (
    model: LanguageModel,
    items: readonly EncodedItem[],
    how: ScoringOptions,
  ) => Promise<{ correct: boolean; margin: number }[]>;
  /** Token ids of a text, as part of a prompt. @throws when the model has no tokenizer */
  encode: (text: string) => number[];
  /** A generator of numbers in [0, 1) for a purpose; the same seed and purpose give the same numbers. */
  random: (purpose: string) => () => number;
  onProgress: (phase: string, step: number, of: number, loss?: number) => void;
}

/** One of the two methods of a combination, with its options. */
export interface PartChoice {
  method: Method;
  options: unknown;
}

export interface Part extends PartChoice {
  /** What the part made of the very same examples on its own; the caller owns its tensors. @throws NonFinite when it failed */
  finished: () => Promise<Fitted>;
}

/** A treatment with what its search looked at and what it cost. The caller owns the treatment's tensors. */
export interface Fitted {
  treatment: Treatment;
  trials: TrialRow[];
  /** FLOPs spent on the chosen treatment itself, and on the rest of the search: other candidates, and scoring all on validation. */
  flops: { method: Spent; search: Spent };
  trainableParameters: number;
  /** What a vector is made from: the contrasts of its examples by layer, [C] each. */
  contrasts?: ReadonlyMap<number, readonly Float32Array[]>;
}

/** The examples cannot serve the method: too few, or of the wrong form. Makes a failed cell of it. */
export class Unfit extends Error {
  override name = 'Unfit';
}

/** Ties a method's options to what its functions take. */
export function defineMethod<S extends z.ZodObject>(
  method: Omit<Method<z.output<S>>, 'options'> & { options: S },
): Method {
  const { options, trials, fit: spend, starts, startCount, steps, ...rest } = method;
  return {
    ...rest,
    options,
    trials: (given, parts) => trials(options.parse(given), parts),
    fit: (bench, items, given) => spend(bench, items, options.parse(given)),
    ...(starts && { starts: (bench: Workbench, given: unknown) => starts(bench, options.parse(given)) }),
    ...(startCount && { startCount: (given: unknown) => startCount(options.parse(given)) }),
    ...(steps && {
      steps: (bench: Workbench, items: readonly EncodedItem[], given: unknown) =>
        steps(bench, items, options.parse(given)),
    }),
  };
}
