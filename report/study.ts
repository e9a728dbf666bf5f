import type { JudgedClaims } from '../evaluation/claims/judge-claims.js';
import type { EpisodeSummaryRow } from '../evaluation/metrics/episode-summary.js';
import type { Fit } from '../evaluation/statistics/fit.js';
import type { ConvergenceRow } from '../evaluation/statistics/rows.js';
import type { ClaimSet } from '../schemas/claims.js';
import type { TaskCard } from '../schemas/item.js';
import type { Pipeline } from '../schemas/pipeline.js';
import type { ShortcutRow } from '../schemas/stages.js';
import type { CellRow, TrialRow } from '../schemas/tables.js';
import type { EdgeRow } from './search-edges.js';

/** Everything a report is made of. The page computes no estimate of its own: it shows rows of these tables. */
export type Study = {
  run: string;
  /** The resolved pipeline: as the value that ran, and as YAML to read. */
  pipeline: { value: Pipeline; yaml: string };
  models: ModelCard[];
  tasks: StudiedTask[];
  /** What is to be known of the methods, by name. */
  methods: Record<string, MethodNote>;
  cells: CellRow[];
  fit: Fit;
  /** How the vectors of steering stages settle with examples, where there are such. */
  convergence?: ConvergenceRow[];
  /** What a pre-registration claims, and what the study says of it; absent without one. */
  claims?: JudgedClaims & { registered: ClaimSet };
  settings: { confidence: number; resamples: number };
  /** Candidates of all searches; none where the page is drawn from tables of before they were one. */
  trials: CellTrials[];
  /** Searches that ended at an end of their grid, where this is known without the candidates. */
  edges?: EdgeRow[];
  /** How test episodes went, where the tasks have such. */
  episodes?: EpisodeSummaryRow[];
  examples: Example[];
  artifacts: NamedArtifact[];
  provenance: Provenance;
  /** The code that made the estimates anew from the published results, after the study. */
  estimated?: Drawing;
  /** The code that drew the page from the published tables alone, after the study; absent where both were made together. */
  drawn?: Drawing;
  /** Remarks of the run itself, shown beside the limits the report finds. */
  warnings: string[];
};

/** What a method's treatment is (`vector`, `low-rank edit`), and whether it is there only for others to be held against. */
export type MethodNote = { form: string | null; control: boolean };

export type ModelCard = { name: string; digest: string; licence: string };

export type StudiedTask = {
  card: TaskCard;
  /** Mean of 1 / options over the test items. */
  chance: number;
  shortcuts: ShortcutRow[];
};

/** The search of one cell: all its candidates, one of them chosen. */
export type CellTrials = {
  model: string;
  task: string;
  stage: string;
  n: number;
  seed: number;
  trials: TrialRow[];
};

/** A test item before and after a treatment; log-probabilities are summed over an option's tokens, in nats. */
export type Example = {
  model: string;
  task: string;
  stage: string;
  n: number;
  seed: number;
  item: string;
  prompt: string;
  options: string[];
  label: number;
  base: number[];
  treated: number[];
};

export type NamedArtifact = { name: string; sha256: string; bytes: number };

export type Provenance = {
  /** ISO 8601 in UTC. */
  started: string;
  finished: string;
  seeds: number[];
  versions: Record<string, string>;
  host: Record<string, string>;
  numerics: Record<string, string>;
};

/** A version of this code, and the digest of its sources. */
export type Drawing = { version: string; code: string };
