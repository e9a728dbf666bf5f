import { sharesOverLogN } from './area.js';
import { type Estimate, resampledMean, resampleWeights } from './bootstrap.js';
import { seededRandom } from './random.js';
import type { ItemMeasure, ScoredStage, ScoredTask } from './scored-stage.js';
import { firstDraws, studentDraws } from './student-draws.js';
import {
  estimateOf,
  gainsOf,
  lossEstimateOf,
  meanDifference,
  type TwoLevelMean,
  twoLevelMean,
  weightedSum,
} from './two-level-mean.js';

export type BootstrapSettings = {
  confidence: number;
  resamples: number;
  seed: number | string;
};

/**
 * Estimates of one task. A resample has the same items for every stage and budget, and the same deviations for seeds in the
 * same places: what rests on the same seeds is paired.
 */
export type TaskBootstrap = {
  task: ScoredTask;
  settings: BootstrapSettings;
  /** The mean of a measure over items and over the seeds given, all of which must have an `ok` cell at `n`. */
  mean(stage: ScoredStage, n: number, measure: ItemMeasure, seeds: readonly number[]): Estimate;
  /** The mean of `second − first` over items and seeds; a baseline's one seed stands beside every one of `second`. */
  difference(first: CellsOf, second: CellsOf, measure: ItemMeasure): Estimate;
  /** What `difference` is the mean of, a list over items a seed of `second`. */
  gains(first: CellsOf, second: CellsOf, measure: ItemMeasure): Float64Array[];
  /** The mean over log N of a curve whose every cell has the same seeds. */
  meanOverLogN(curve: readonly CellsOf[], measure: ItemMeasure): Estimate;
  /** Σ weight · (second − first), a pair a budget of `second`, every pair on the same seeds. */
  weightedDifference(pairs: readonly Compared[], weights: readonly number[], measure: ItemMeasure): Estimate;
  /** The mean loss over items and seeds in the first `LAW_RESAMPLES` resamples; undefined where items have none. */
  meanLoss(stage: ScoredStage, n: number, seeds: readonly number[]): Estimate | undefined;
  /** The mean over seeds of off-target KL; undefined when a seed has none. Its draws vary by seed alone. */
  meanKl(stage: ScoredStage, n: number, seeds: readonly number[]): Estimate | undefined;
};

/** The cells of one stage and budget. */
export type CellsOf = { stage: ScoredStage; n: number; seeds: readonly number[] };

export type Compared = { first: CellsOf; second: CellsOf };

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
  const studentDrawsOf = remembered(String, (size: number) =>
    studentDraws(
      size,
      resamples,
      seededRandom(JSON.stringify([seed, task.model, task.task, `${size} seeds`])),
    ),
  );
  const drawsOf = (seeds: readonly number[]) => studentDrawsOf(seeds.length);
  const cells = new Map<Float64Array, Estimate>();
  const cellMean = (values: Float64Array, used = resamples): Estimate => {
    const known = cells.get(values) ?? resampledMean(values, itemWeights(values.length).slice(0, used));
    cells.set(values, known);
    return known;
  };
  // Every pair a stage is in asks for its means again, and every place between two budgets for those of the budgets.
  const meanOf = remembered(nameOf, (cells: CellsOf, measure: ItemMeasure) => {
    const values = valuesOf(cells, measure);
    return twoLevelMean(
      values,
      values.map((list) => cellMean(list)),
      drawsOf(cells.seeds),
    );
  });
  const estimate = remembered(nameOf, (cells: CellsOf, measure: ItemMeasure) =>
    estimateOf(meanOf(cells, measure)),
  );
  const differenceOf = ({ first, second }: Compared, measure: ItemMeasure): TwoLevelMean =>
    meanDifference(meanOf(first, measure), meanOf(second, measure));
  return {
    task,
    settings,
    mean: (stage, n, measure, seeds) => estimate({ stage, n, seeds }, measure),
    difference: (first, second, measure) => estimateOf(differenceOf({ first, second }, measure)),
    gains: (first, second, measure) => gainsOf(valuesOf(first, measure), valuesOf(second, measure)),
    meanOverLogN(curve, measure) {
      const means = curve.map((cells) => meanOf(cells, measure));
      return estimateOf(weightedSum(means, sharesOverLogN(curve.map(({ n }) => n))));
    },
    weightedDifference(pairs, weights, measure) {
      const means = pairs.map((pair) => differenceOf(pair, measure));
      return estimateOf(weightedSum(means, weights));
    },
    meanLoss(stage, n, seeds) {
      const values = seeds.flatMap((cellSeed) => cellOf(stage, n, cellSeed).loss ?? []);
      if (values.length < seeds.length || seeds.length === 0) return undefined;
      const used = Math.min(resamples, LAW_RESAMPLES);
      const bySeed = values.map((losses) => cellMean(losses, used));
      return lossEstimateOf(twoLevelMean(values, bySeed, firstDraws(drawsOf(seeds), used)));
    },
    meanKl(stage, n, seeds) {
      const values = seeds.map((cellSeed) => cellOf(stage, n, cellSeed).kl);
      const known = values.filter((value) => value !== null);
      if (known.length === 0 || known.length < values.length) return undefined;
      const bySeed = known.map((point) => ({ point, draws: new Float64Array(resamples).fill(point) }));
      const single = known.map((point) => Float64Array.of(point));
      return estimateOf(twoLevelMean(single, bySeed, drawsOf(seeds)));
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
