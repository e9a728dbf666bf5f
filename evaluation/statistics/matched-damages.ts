import type { Estimate } from './bootstrap.js';
import { differenceAt, type Pair } from './comparison.js';
import { type Dose, damageOn, doseFrontier } from './matched-effect.js';
import { bracket } from './quantile.js';
import type { MatchedRow } from './rows.js';
import {
  baselineOf,
  budgetsOf,
  completeSeeds,
  ITEM_MEASURES,
  type ItemMeasure,
  type ScoredStage,
} from './scored-stage.js';
import type { TaskBootstrap } from './task-bootstrap.js';

/** Half of what both methods reach, and nearly all of it. */
const SHARES = [0.5, 0.9] as const;

/**
 * The methods of each pair at matched effectiveness: KL on unrelated text where either gains a share of the smaller of both
 * largest mean gains. A method's doses are its chosen treatments with every number of examples, between which its frontier
 * is a line; the gain is a level found once, the frontiers are found anew in every resample, where the same seeds deviate in
 * gain and in KL. A task without unrelated text has no rows.
 */
export function matchedDamages(pairs: readonly Pair[], bootstrap: TaskBootstrap): MatchedRow[] {
  const responseOf = rememberedResponses(bootstrap);
  return pairs.flatMap((pair) => {
    const baseline = baselineOf(bootstrap.task, pair.first);
    if (baseline === undefined || !hasKl(pair.first) || !hasKl(pair.second)) return [];
    const stages = [pair.first, pair.second] as const;
    const [seeds = [], others = []] = stages.map((stage) => completeSeeds(stage, budgetsOf(stage)));
    const common = seeds.filter((seed) => others.includes(seed));
    return ITEM_MEASURES.flatMap((measure) => {
      const at = { baseline, measure, seeds: common };
      const [first, second] = stages.map((stage) => responseOf(stage, at));
      return SHARES.map(
        (share): MatchedRow => ({
          model: bootstrap.task.model,
          task: bootstrap.task.task,
          task_type: bootstrap.task.task_type,
          measure,
          first: pair.first.stage,
          second: pair.second.stage,
          share,
          ...matchedAt(pair, { share, first, second, seeds: common.length, ...bootstrap.settings }),
          seeds: common.length,
          items: pair.second.items.length,
        }),
      );
    });
  });
}

/** The frontier of a stage: of the means, and in every resample. */
type Response = { mean: Dose[]; resampled: Dose[][] };

type At = { baseline: ScoredStage; measure: ItemMeasure; seeds: readonly number[] };

/** Every pair that a stage is in asks for its frontiers again. */
function rememberedResponses(bootstrap: TaskBootstrap): (stage: ScoredStage, at: At) => Response | undefined {
  const known = new Map<string, Response | undefined>();
  return (stage, at) => {
    const name = JSON.stringify([stage.stage, at.measure, at.seeds]);
    if (!known.has(name)) known.set(name, responseOf(stage, at, bootstrap));
    return known.get(name);
  };
}

function responseOf(
  stage: ScoredStage,
  { baseline, measure, seeds }: At,
  bootstrap: TaskBootstrap,
): Response | undefined {
  if (seeds.length === 0) return undefined;
  const doses: { gain: Estimate; kl: Estimate }[] = [];
  for (const n of budgetsOf(stage)) {
    const kl = bootstrap.meanKl(stage, n, seeds);
    if (kl === undefined) return undefined;
    doses.push({
      gain: differenceAt({ first: baseline, second: stage }, { n, seeds }, measure, bootstrap),
      kl,
    });
  }
  // A divergence is never negative; Student's tails may take its mean over seeds there.
  const frontier = (value: (estimate: Estimate) => number) =>
    doseFrontier(doses.map(({ gain, kl }) => ({ gain: value(gain), damage: Math.max(0, value(kl)) })));
  return {
    mean: frontier(({ point }) => point),
    resampled: Array.from({ length: bootstrap.settings.resamples }, (_, resample) =>
      frontier(({ draws }) => draws[resample] ?? Number.NaN),
    ),
  };
}

type Estimated = Omit<
  MatchedRow,
  'model' | 'task' | 'task_type' | 'first' | 'second' | 'items' | 'measure' | 'share' | 'seeds'
>;

interface Matching {
  share: number;
  first: Response | undefined;
  second: Response | undefined;
  confidence: number;
  seeds: number;
}

function matchedAt(pair: Pair, { share, first, second, confidence, seeds }: Matching): Estimated {
  if (first === undefined || second === undefined)
    return { ...NOTHING, reason: 'no seed has every number of examples, with KL, in both' };
  const [reached, others] = [largestGain(first.mean), largestGain(second.mean)];
  const gain = share * Math.min(reached, others);
  if (!(gain > 0)) {
    const idle = reached > 0 ? pair.second : pair.first;
    return { ...NOTHING, reason: `${idle.stage} gains nothing with any number of examples` };
  }
  const [one, other] = [damagesAt(first, gain), damagesAt(second, gain)];
  const [ofFirst, ofSecond] = [one, other].map(({ draws }) => bounds(draws, confidence));
  const difference = differenceBounds(one.draws, other.draws, confidence);
  return {
    gain,
    first_kl: one.mean,
    first_low: finite(ofFirst?.low),
    first_high: finite(ofFirst?.high),
    first_reaches: one.reaches,
    second_kl: other.mean,
    second_low: finite(ofSecond?.low),
    second_high: finite(ofSecond?.high),
    second_reaches: other.reaches,
    difference: other.mean - one.mean,
    difference_low: finite(difference.low),
    difference_high: finite(difference.high),
    verdict: seeds < 2 ? 'undecided' : verdictOf(difference),
    reason: seeds < 2 ? 'one seed: how much KL differs from seed to seed is not known' : null,
  };
}

const NOTHING: Estimated = {
  gain: null,
  first_kl: null,
  first_low: null,
  first_high: null,
  first_reaches: null,
  second_kl: null,
  second_low: null,
  second_high: null,
  second_reaches: null,
  difference: null,
  difference_low: null,
  difference_high: null,
  verdict: 'undecided',
  reason: null,
};

/** KL where a gain is reached: of the means, and in every resample, infinite in those that do not reach it. */
function damagesAt({ mean, resampled }: Response, gain: number) {
  const draws = Float64Array.from(
    resampled,
    (frontier) => damageOn(frontier, gain).damage ?? Number.POSITIVE_INFINITY,
  );
  const reaches = draws.filter((draw) => Number.isFinite(draw)).length / draws.length;
  return { mean: damageOn(mean, gain).damage ?? Number.NaN, draws, reaches };
}

type Bounds = { low: number; high: number };

function bounds(draws: Float64Array, confidence: number): Bounds {
  const sorted = draws.toSorted();
  const tail = (1 - confidence) / 2;
  return { low: bracket(sorted, tail).below, high: bracket(sorted, 1 - tail).above };
}

/** Of second − first. A resample in which neither reaches the gain says nothing: it lies below the low end and above the high one. */
function differenceBounds(first: Float64Array, second: Float64Array, confidence: number): Bounds {
  const gaps = second.map((draw, resample) => draw - (first[resample] ?? Number.NaN));
  const filled = (unknown: number) => gaps.map((gap) => (Number.isNaN(gap) ? unknown : gap));
  return {
    low: bounds(filled(Number.NEGATIVE_INFINITY), confidence).low,
    high: bounds(filled(Number.POSITIVE_INFINITY), confidence).high,
  };
}

function verdictOf({ low, high }: Bounds): MatchedRow['verdict'] {
  if (low > 0) return 'first-changes-less';
  return high < 0 ? 'second-changes-less' : 'undecided';
}

function largestGain(frontier: readonly Dose[]): number {
  return frontier.at(-1)?.gain ?? 0;
}

function hasKl({ cells }: ScoredStage): boolean {
  return [...cells.values()].some((bySeed) => [...bySeed.values()].some(({ kl }) => kl !== null));
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
