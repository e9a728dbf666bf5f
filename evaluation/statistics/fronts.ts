import type { Estimate } from './bootstrap.js';
import { commonSeeds, differenceAt, pairOf } from './comparison.js';
import { groupBy } from './group-by.js';
import { differenceInterval } from './measure-range.js';
import { type Offer, paretoFront } from './pareto-front.js';
import type { FrontRow } from './rows.js';
import {
  baselineOf,
  budgetsOf,
  ITEM_MEASURES,
  type ItemMeasure,
  type ScoredStage,
  seedsAt,
} from './scored-stage.js';
import type { TaskBootstrap } from './task-bootstrap.js';

/** A method at one budget: its FLOPs (method and search, mean over seeds) and its gain over the untreated model. */
type Contender = Offer & { stage: ScoredStage; baseline: ScoredStage; estimate: Estimate };
type At = { n: number; measure: ItemMeasure };

/**
 * The compute–gain front of every budget: a row a method, which says whether it is on the front, in what share of
 * resamples it is, and what the step to it from the front's previous method brings. The untreated model, which costs
 * and gains nothing, is where every front begins; a method without a successful cell or a baseline has no row.
 */
export function fronts(bootstrap: TaskBootstrap): FrontRow[] {
  const stages = [...bootstrap.task.stages.values()];
  const budgets = [...new Set(stages.flatMap(budgetsOf))].filter((n) => n > 0).sort((a, b) => a - b);
  return ITEM_MEASURES.flatMap((measure) =>
    budgets.flatMap((n) => {
      const contenders = stages.flatMap((stage) => contender(stage, { n, measure }, bootstrap) ?? []);
      const bySample = groupBy(contenders, ({ baseline }) => baseline.stage);
      return [...bySample.values()].flatMap((rivals) => frontRows(rivals, { n, measure }, bootstrap));
    }),
  );
}

function contender(stage: ScoredStage, { n, measure }: At, bootstrap: TaskBootstrap): Contender | undefined {
  const baseline = baselineOf(bootstrap.task, stage);
  const seeds = seedsAt(stage, n);
  if (baseline === undefined || seeds.length === 0) return undefined;
  const estimate = differenceAt({ first: baseline, second: stage }, { n, seeds }, measure, bootstrap);
  return { stage, baseline, estimate, cost: meanFlops(stage, n), gain: estimate.point };
}

function meanFlops(stage: ScoredStage, n: number): number {
  const cells = [...(stage.cells.get(n)?.values() ?? [])];
  return cells.reduce((sum, { flops }) => sum + flops, 0) / cells.length;
}

function frontRows(contenders: readonly Contender[], at: At, bootstrap: TaskBootstrap): FrontRow[] {
  const { task, settings } = bootstrap;
  const untreated = { cost: 0, gain: 0 };
  const front = paretoFront<Offer | Contender>([untreated, ...contenders]).filter(isContender);
  const shares = frontShares(contenders, settings.resamples);
  return contenders
    .toSorted((one, other) => one.cost - other.cost)
    .map((found) => {
      const { stage, baseline, estimate, cost } = found;
      const { value, low, high } = differenceInterval(at.measure, estimate, settings.confidence);
      const place = front.indexOf(found);
      const previous = place > 0 ? front[place - 1]?.stage : baseline;
      return {
        model: task.model,
        task: task.task,
        measure: at.measure,
        n: at.n,
        stage: stage.stage,
        method: stage.method,
        flops: cost,
        gain: value,
        low,
        high,
        seeds: seedsAt(stage, at.n).length,
        items: stage.items.length,
        on_front: place >= 0,
        front_share: shares.get(found) ?? 0,
        ...(place >= 0 && previous !== undefined ? step(previous, stage, { ...at, bootstrap }) : NO_STEP),
      };
    });
}

const NO_STEP = { previous: null, step: null, step_low: null, step_high: null };

/** The paired difference between a method of the front and the one before it. */
function step(
  previous: ScoredStage,
  stage: ScoredStage,
  { n, measure, bootstrap }: At & { bootstrap: TaskBootstrap },
) {
  const pair = pairOf(previous, stage);
  const seeds = commonSeeds(pair, [n]);
  if (seeds.length === 0) return { ...NO_STEP, previous: previous.stage };
  const estimate = differenceAt(pair, { n, seeds }, measure, bootstrap);
  const { value, low, high } = differenceInterval(measure, estimate, bootstrap.settings.confidence);
  return { previous: previous.stage, step: value, step_low: low, step_high: high };
}

/** Share of resamples in which each is on the front; costs stay as they are. */
function frontShares(contenders: readonly Contender[], resamples: number): Map<Contender, number> {
  const counts = new Map<Contender, number>();
  for (let resample = 0; resample < resamples; resample++) {
    const drawn = contenders.map((contender) => ({
      contender,
      cost: contender.cost,
      gain: contender.estimate.draws[resample] ?? Number.NaN,
    }));
    for (const offer of paretoFront<Offer | (typeof drawn)[number]>([{ cost: 0, gain: 0 }, ...drawn])) {
      if ('contender' in offer) counts.set(offer.contender, (counts.get(offer.contender) ?? 0) + 1);
    }
  }
  return new Map([...counts].map(([contender, count]) => [contender, count / resamples]));
}

function isContender(offer: Offer | Contender): offer is Contender {
  return 'stage' in offer;
}
