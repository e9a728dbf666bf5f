import type { Spread } from './spread.js';

/** Where programs run and what they read. */
export interface BenchContext {
  /** Name of the model as we load it. */
  model: string;
  /** The same weights as a Hugging Face folder in float32. */
  peerModel: () => Promise<string>;
  /** Python with the peers' libraries; made when missing. */
  python: () => Promise<string>;
  /** A file of a benchmark's items. @throws Missing when the data folder does not have it */
  items: (task: string, split: 'train' | 'test') => string;
  threads: number;
  /** Runs of each side, taking turns. */
  rounds: number;
  say: (line: string) => void;
}

/** What a row of the table holds. */
export interface Row {
  name: string;
  work: string;
  against: string;
  /** How much better than the other side, or at most how large. */
  target: Bound;
  value: number;
  unit: string;
  runs: number;
  ours: Spread;
  theirs?: Spread;
  /** What a ratio stands on: equality of results, memory, versions. */
  checks: Check[];
  /** What holds it back, where it does not reach its target. */
  limit?: string;
}

export type Bound = { atLeast: number } | { atMost: number };

/** A further condition, with what was found. */
export interface Check {
  what: string;
  value: number;
  target: Bound;
}

/** One program of `npm run bench`, which gives one or more rows. */
export interface Benchmark {
  name: string;
  /** Runs of each side, where one takes so many minutes that three are too many. */
  rounds?: number;
  run: (context: BenchContext) => Promise<Row[]>;
}

/** Data that are not part of the project and were not given. */
export class Missing extends Error {
  override name = 'Missing';
}

export function holds(value: number, target: Bound): boolean {
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}
