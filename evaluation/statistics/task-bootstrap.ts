import {
  countedOnce,
  type Estimate,
  logMeanOverSeeds,
  meanOverSeeds,
  resampledMean,
  resampleWeights,
  studentWeights,
  twoLevelDifference,
} from './bootstrap.js';
import { seededRandom } from './random.js';
import type { ItemMeasure, ScoredStage, ScoredTask } from './scored-stage.js';

export type BootstrapSettings = {
  confidence: number;
  resamples: number;
  seed: number | string;
};

/** Estimates of one task. The same resample holds the same items and seeds for every stage and budget: all are paired. */
export type TaskBootstrap = {
  task: ScoredTask;
  settings: BootstrapSettings;
  /** The mean of a measure over items and over the seeds given, all of which must have an `ok` cell at `n`. */
  mean(stage: ScoredStage, n: number, measure: ItemMeasure, seeds: readonly number[]): Estimate;
  /** The mean of `second − first` over items, each a mean over its own seeds where they are not the same. */
  difference(first: CellsOf, second: CellsOf, measure: ItemMeasure): Estimate;
  /** The mean loss over items and seeds in the first `LAW_RESAMPLES` resamples; undefined where items have none. */
  meanLoss(stage: ScoredStage, n: number, seeds: readonly number[]): Estimate | undefined;
  /** The mean over seeds of off-target KL; undefined when a seed has none. Its draws vary by seed alone. */
  meanKl(stage: ScoredStage, n: number, seeds: readonly number[]): Estimate | undefined;
};

/** The cells of one stage and budget. */
export type CellsOf = { stage: ScoredStage; n: number; seeds: readonly number[] };

/** A law is refitted to as many resamples: an end of a 95 % interval is then the tenth of them from outside. */
export const LAW_RESAMPLES = 400;

export function taskBootstrap(task: ScoredTask, settings: BootstrapSettings): TaskBootstrap {
  const { resamples, seed } = settings;
  const itemWeights = remembered(String, (size: number) =>
    resampleWeights(
      size,
      resamples,
      seededRandom(JSON.stringify([seed, task.model, task.task, `${size} items`])),
    ),
  );
  const studentWeightsOf = remembered(String, (size: number) =>
    studentWeights(
      size,
      resamples,
      seededRandom(JSON.stringify([seed, task.model, task.task, `${size} seeds`])),
    ),
  );
  const seedWeights = (seeds: readonly number[]) => studentWeightsOf(seeds.length);
  const cells = new Map<Float64Array, Estimate>();
  const cellMean = (values: Float64Array, used = resamples): Estimate => {
    const known = cells.get(values) ?? resampledMean(values, itemWeights(values.length).slice(0, used));
    cells.set(values, known);
    return known;
  };
  // Every pair a stage is in asks for its means again.
  const twoLevelMean = remembered(nameOf, (cells: CellsOf, measure: ItemMeasure) => {
    const bySeed = valuesOf(cells, measure).map((values) => cellMean(values));
    return meanOverSeeds(bySeed, seedWeights(cells.seeds));
  });
  const mean = remembered(nameOf, (cells: CellsOf, measure: ItemMeasure) =>
    countedOnce(twoLevelMean(cells, measure), valuesOf(cells, measure)),
  );
  return {
    task,
    settings,
    mean: (stage, n, measure, seeds) => mean({ stage, n, seeds }, measure),
    difference(first, second, measure) {
      const both = twoLevelDifference(twoLevelMean(first, measure), twoLevelMean(second, measure));
      return countedOnce(both, gainsOf(valuesOf(first, measure), valuesOf(second, measure)));
    },
    meanLoss(stage, n, seeds) {
      const values = seeds.flatMap((cellSeed) => cellOf(stage, n, cellSeed).loss ?? []);
      if (values.length < seeds.length || seeds.length === 0) return undefined;
      const used = Math.min(resamples, LAW_RESAMPLES);
      const bySeed = values.map((losses) => cellMean(losses, used));
      return logMeanOverSeeds(bySeed, seedWeights(seeds).slice(0, used), values);
    },
    meanKl(stage, n, seeds) {
      const values = seeds.map((cellSeed) => cellOf(stage, n, cellSeed).kl);
      const known = values.filter((value) => value !== null);
      if (known.length === 0 || known.length < values.length) return undefined;
      const bySeed = known.map((point) => ({ point, draws: new Float64Array(resamples).fill(point) }));
      return meanOverSeeds(bySeed, seedWeights(seeds));
    },
  };
}

function nameOf({ stage, n, seeds }: CellsOf, measure: ItemMeasure): string {
  return JSON.stringify([stage.stage, n, measure, seeds]);
}

/** Values over items, a list a seed. */
function valuesOf({ stage, n, seeds }: CellsOf, measure: ItemMeasure): Float64Array[] {
  return seeds.map((cellSeed) => cellOf(stage, n, cellSeed)[measure]);
}

/** Item by item and seed by seed; the baseline has one seed, which stands beside every other. */
function gainsOf(before: readonly Float64Array[], after: readonly Float64Array[]): Float64Array[] {
  return after.map((values, seed) => {
    const base = before.length === 1 ? before[0] : before[seed];
    return values.map((value, item) => value - (base?.[item] ?? Number.NaN));
  });
}

function cellOf(stage: ScoredStage, n: number, seed: number) {
  const cell = stage.cells.get(n)?.get(seed);
  if (cell === undefined)
    throw new Error(`bootstrap of ${stage.stage}: found no cell at N = ${n}, seed ${seed}`);
  return cell;
}

function remembered<A extends unknown[], T>(
  nameOf: (...of: A) => string,
  compute: (...of: A) => T,
): (...of: A) => T {
  const known = new Map<string, T>();
  return (...of) => {
    const name = nameOf(...of);
    const value = known.get(name) ?? compute(...of);
    known.set(name, value);
    return value;
  };
}
