import {
  type Estimate,
  logMeanOverSeeds,
  meanOverSeeds,
  resampledMean,
  resampleWeights,
  studentWeights,
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
  /** The mean loss over items and seeds in the first `LAW_RESAMPLES` resamples; undefined where items have none. */
  meanLoss(stage: ScoredStage, n: number, seeds: readonly number[]): Estimate | undefined;
  /** The mean over seeds of off-target KL; undefined when a seed has none. Its draws vary by seed alone. */
  meanKl(stage: ScoredStage, n: number, seeds: readonly number[]): Estimate | undefined;
};

/** A law is refitted to as many resamples: an end of a 95 % interval is then the tenth of them from outside. */
export const LAW_RESAMPLES = 400;

export function taskBootstrap(task: ScoredTask, settings: BootstrapSettings): TaskBootstrap {
  const { resamples, seed } = settings;
  const itemWeights = remembered((size: string) =>
    resampleWeights(
      Number(size),
      resamples,
      seededRandom(JSON.stringify([seed, task.model, task.task, `${size} items`])),
    ),
  );
  const studentWeightsOf = remembered((size: string) =>
    studentWeights(
      Number(size),
      resamples,
      seededRandom(JSON.stringify([seed, task.model, task.task, `${size} seeds`])),
    ),
  );
  const seedWeights = (seeds: readonly number[]) => studentWeightsOf(String(seeds.length));
  const cells = new Map<Float64Array, Estimate>();
  const cellMean = (values: Float64Array, used = resamples): Estimate => {
    const known =
      cells.get(values) ?? resampledMean(values, itemWeights(String(values.length)).slice(0, used));
    cells.set(values, known);
    return known;
  };
  // Every pair a stage is in asks for its means again.
  const means = new Map<string, Estimate>();
  return {
    task,
    settings,
    mean(stage, n, measure, seeds) {
      const name = JSON.stringify([stage.stage, n, measure, seeds]);
      const known = means.get(name);
      if (known !== undefined) return known;
      const bySeed = seeds.map((cellSeed) => cellMean(cellOf(stage, n, cellSeed)[measure]));
      const mean = meanOverSeeds(bySeed, seedWeights(seeds));
      means.set(name, mean);
      return mean;
    },
    meanLoss(stage, n, seeds) {
      const values = seeds.flatMap((cellSeed) => cellOf(stage, n, cellSeed).loss ?? []);
      if (values.length < seeds.length || seeds.length === 0) return undefined;
      const used = Math.min(resamples, LAW_RESAMPLES);
      const bySeed = values.map((losses) => cellMean(losses, used));
      return logMeanOverSeeds(bySeed, seedWeights(seeds).slice(0, used));
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

function cellOf(stage: ScoredStage, n: number, seed: number) {
  const cell = stage.cells.get(n)?.get(seed);
  if (cell === undefined)
    throw new Error(`bootstrap of ${stage.stage}: found no cell at N = ${n}, seed ${seed}`);
  return cell;
}

function remembered<T>(compute: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const value = known.get(name) ?? compute(name);
    known.set(name, value);
    return value;
  };
}
