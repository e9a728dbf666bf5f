import { describe, expect, test } from 'vitest';
import { axisTrend } from '../../../evaluation/claims/axis-trend.js';
import { leadOf, meanOfCells, scoreOf, widenedInterval } from '../../../evaluation/claims/estimates.js';
import { type Interval, percentileInterval } from '../../../evaluation/statistics/bootstrap.js';
import { type Random, seededRandom } from '../../../evaluation/statistics/random.js';
import type { ScoredStage } from '../../../evaluation/statistics/scored-stage.js';
import { type TaskBootstrap, taskBootstrap } from '../../../evaluation/statistics/task-bootstrap.js';
import { normal } from '../statistics/synthetic-rows.js';

const STUDIES = 300;
const SEEDS = 8;
const ITEMS = 40;
const LEAD = 0.1;
const FALL_A_LEVEL = -0.2;

/*
 * A percentile interval has normal quantiles. Were all variance that of one cell’s seeds, it would cover with
 * P(|t| < 1.96) at 7 degrees of freedom; items and further cells only bring it nearer to 95 %.
 */
const LEAST_COVERAGE = 0.909;
const MONTE_CARLO = 3 * Math.sqrt((LEAST_COVERAGE * (1 - LEAST_COVERAGE)) / STUDIES);

/** One cell of complexity: scores are level + lead + luck of the seed + item + noise, all normal. */
function cellTest(level: number, study: number, random: Random): TaskBootstrap {
  const difficulty = Array.from({ length: ITEMS }, () => 0.3 * normal(random));
  const items = difficulty.map((_, index) => String(index).padStart(4, '0'));
  const stage = (name: string, mean: number): [string, ScoredStage] => {
    const seeds = Array.from(
      { length: SEEDS },
      (
        _,
        seed,
      ): [number, ScoredStage['cells'] extends Map<number, Map<number, infer Cell>> ? Cell : never] => {
        const luck = 0.1 * normal(random);
        const score = Float64Array.from(difficulty, (hard) => mean + hard + luck + 0.2 * normal(random));
        return [seed, { score, margin: score, loss: null, kl: null, flops: 0, validation: null }];
      },
    );
    return [name, { stage: name, method: name, items, cells: new Map([[1, new Map(seeds)]]) }];
  };
  const stages = new Map([stage('one', level * FALL_A_LEVEL + LEAD), stage('other', level * FALL_A_LEVEL)]);
  return taskBootstrap(
    { model: 'toy', task: `level ${level}`, task_type: 'capability', stages },
    { confidence: 0.95, resamples: 400, seed: study },
  );
}

function simulated(): { lead: Interval; change: Interval }[] {
  const random = seededRandom('coverage');
  return Array.from({ length: STUDIES }, (_, study) => {
    const cells = [0, 1, 2].map((level) => {
      const bootstrap = cellTest(level, study, random);
      return {
        bootstrap,
        cell: {
          model: 'toy',
          task: `${level}`,
          levels: { density: 2 ** level },
          effectiveness: bootstrap,
          selectivity: bootstrap,
        },
      };
    });
    const leads = cells.flatMap(
      ({ bootstrap }) => leadOf(bootstrap, { first: 'one', second: 'other' }, 'largest') ?? [],
    );
    const scores = cells.flatMap(({ cell, bootstrap }) => {
      const found = scoreOf(bootstrap, 'one', 'largest');
      return found === undefined ? [] : [{ cell, estimate: found.estimate }];
    });
    const trend = axisTrend(scores, 'density');
    if (trend === undefined) throw new Error('no trend');
    return {
      lead: percentileInterval(meanOfCells(leads.map(({ estimate }) => estimate)), 0.95),
      change: percentileInterval(trend.change, 0.95),
    };
  });
}

describe('in simulated studies of three cells and eight seeds', () => {
  const studies = simulated();
  const coverage = (of: 'lead' | 'change', truth: number) =>
    studies.filter((study) => study[of].low <= truth && truth <= study[of].high).length / STUDIES;

  test('the interval of the pooled lead covers the truth as often as its quantiles allow', () => {
    expect(coverage('lead', LEAD)).toBeGreaterThan(LEAST_COVERAGE - MONTE_CARLO);
  });

  test('so does the interval of the change along an axis', () => {
    expect(coverage('change', 2 * FALL_A_LEVEL)).toBeGreaterThan(LEAST_COVERAGE - MONTE_CARLO);
  });

  test('the estimates are unbiased', () => {
    const mean = (of: 'lead' | 'change') =>
      studies.reduce((sum, study) => sum + study[of].value, 0) / STUDIES;
    const error = (of: 'lead' | 'change') =>
      Math.sqrt(studies.reduce((sum, study) => sum + (study[of].value - mean(of)) ** 2, 0)) / STUDIES;
    expect(Math.abs(mean('lead') - LEAD)).toBeLessThan(4 * error('lead'));
    expect(Math.abs(mean('change') - 2 * FALL_A_LEVEL)).toBeLessThan(4 * error('change'));
  });
});

test('a resample without a value widens an interval on both sides', () => {
  const draws = Float64Array.from({ length: 100 }, (_, index) => (index < 10 ? Number.NaN : 0.5));
  expect(widenedInterval({ point: 0.5, draws }, 0.95, [-1, 1])).toEqual({ value: 0.5, low: -1, high: 1 });
  const certain = Float64Array.from({ length: 100 }, () => 0.5);
  expect(widenedInterval({ point: Number.NaN, draws: certain }, 0.95, [-1, 1])).toEqual({
    value: null,
    low: 0.5,
    high: 0.5,
  });
});
