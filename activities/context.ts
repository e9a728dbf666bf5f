import type { Store } from '../artifacts/store.js';
import type { Corpus } from '../evaluation/corpora/corpus.js';
import type { Task } from '../evaluation/tasks/load-task.js';
import type { UnrelatedText } from '../evaluation/tasks/load-text.js';
import type { EncodedItem } from '../models/batch.js';
import type { LanguageModel } from '../models/language-model.js';
import type { PrefixCache } from '../models/prefix-cache.js';
import type { ClaimSet } from '../schemas/claims.js';
import type { ModelFiles } from '../schemas/pretraining.js';
import type { Progress } from '../schemas/stages.js';

/** A loaded model, kept warm between jobs, with what is known of its inputs. */
export interface LoadedModel {
  model: LanguageModel;
  prefixes: PrefixCache;
  /** Items as its token ids, by their format and content: groups of one study share most of them. */
  encoded: Map<string, EncodedItem>;
  /** Unrelated texts in windows, by name, content and size. */
  windows: Map<string, { offTarget: TextWindow[]; unrelated: number[][] }>;
  licence: string | undefined;
}

export interface TextWindow {
  text: string;
  window: number;
  ids: number[];
}

/** What the process gives a stage activity; activities themselves know of no environment, folder or process. */
export interface StageContext {
  store: Store;
  loadTask: (name: string) => Promise<Task>;
  /** Passages of an unrelated text. */
  loadText: (name: string) => Promise<UnrelatedText>;
  /** A pre-registration of claims. */
  loadClaims: (name: string) => Promise<ClaimSet>;
  /** The text that small models are trained on, by a task's name. */
  loadCorpus: (name: string) => Promise<Corpus>;
  /** Digest of all files that a model, found by its name, or a text is read from; neither is opened. */
  identifyModel: (name: string) => Promise<string>;
  identifyText: (name: string) => Promise<string>;
  /** @param files where a model that the study itself made lies in the store; others are found by their name */
  loadModel: (name: string, files?: ModelFiles) => Promise<LoadedModel>;
  /** What the last bits of a number depend on; part of every cell's key. */
  numerics: Record<string, string>;
  /** Digest of the code itself: what it made of the same inputs is the same. */
  build: string;
  /** Versions of the programs that take part, for the report. */
  versions: Record<string, string>;
  /** Facts of the host for the report; no part of any key. */
  host: Record<string, string>;
  /** Folder that finished studies are published into. */
  runs: string;
  onProgress: (progress: Progress) => void;
}
