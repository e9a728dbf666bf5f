import { pairOf } from '../../evaluation/statistics/comparison.js';
import { crossover } from '../../evaluation/statistics/crossover.js';
import { lawCrossover } from '../../evaluation/statistics/laws/law-crossover.js';
import { seededRandom } from '../../evaluation/statistics/random.js';
import { taskBootstrap } from '../../evaluation/statistics/task-bootstrap.js';
import type { Scenario } from './scenarios.js';
import { type StudySize, simulatedStudy } from './simulated-study.js';

export type Estimator = 'score' | 'margin' | 'law';
export const ESTIMATORS: readonly Estimator[] = ['score', 'margin', 'law'];

/** What one simulated study was told. */
export type Told = { verdict: string; covered: boolean; width: number };

export type CoverageOptions = { resamples: number; seed: string };

/** Simulates one study and estimates its crossover in three ways. An end that lies beyond the budgets bounds nothing. */
export function toldOf(
  { curves, nStar }: Scenario,
  size: StudySize,
  { resamples, seed }: CoverageOptions,
): Record<Estimator, Told> {
  const task = simulatedStudy(curves, size, seededRandom(seed));
  const bootstrap = taskBootstrap(task, { confidence: 0.95, resamples, seed });
  const [first, second] = [...task.stages.values()];
  if (first === undefined || second === undefined) throw new Error('simulated study: expected two stages');
  const pair = pairOf(first, second);
  const told = (row: { verdict: string; low: number | null; high: number | null } | undefined): Told => {
    if (row === undefined) throw new Error('simulated study: found no estimate, expected one');
    const [low, high] = [row.low ?? 0, row.high ?? Number.POSITIVE_INFINITY];
    const covered = nStar !== null && low <= nStar && nStar <= high;
    return { verdict: row.verdict, covered, width: Math.log2(high / low) };
  };
  return {
    score: told(crossover(pair, 'score', bootstrap)),
    margin: told(crossover(pair, 'margin', bootstrap)),
    law: told(lawCrossover(pair, bootstrap)),
  };
}
