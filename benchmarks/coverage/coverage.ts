import { pairOf } from '../../evaluation/statistics/comparison.js';
import { crossover } from '../../evaluation/statistics/crossover.js';
import { lawCrossover } from '../../evaluation/statistics/laws/law-crossover.js';
import { seededRandom } from '../../evaluation/statistics/random.js';
import { taskBootstrap } from '../../evaluation/statistics/task-bootstrap.js';
import type { CrossoverRow } from '../../schemas/tables.js';
import type { Scenario } from './scenarios.js';
import { type StudySize, simulatedStudy } from './simulated-study.js';

export type Estimator = 'score' | 'margin' | 'law';
export const ESTIMATORS: readonly Estimator[] = ['score', 'margin', 'law'];

/** What one simulated study was told, and whether its interval holds the true N*. */
export type Told = { verdict: string; covered: boolean };

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
  const told = (row: Bounds | undefined): Told => {
    if (row === undefined) throw new Error('simulated study: found no estimate, expected one');
    const { low, high } = boundsOf(row, size.budgets);
    return { verdict: row.verdict, covered: nStar !== null && low <= nStar && nStar <= high };
  };
  return {
    score: told(crossover(pair, 'score', bootstrap)),
    margin: told(crossover(pair, 'margin', bootstrap)),
    law: told(lawCrossover(pair, bootstrap)),
  };
}

type Bounds = Pick<CrossoverRow, 'verdict' | 'low' | 'high' | 'censoring'>;

/** An open end is infinitely far; with both open and one named, N* is beyond the budgets on that side. */
function boundsOf({ low, high, censoring }: Bounds, budgets: readonly number[]) {
  const beyond = low === null && high === null;
  return {
    low: beyond && censoring === 'right' ? Math.max(...budgets) : (low ?? 0),
    high: beyond && censoring === 'left' ? Math.min(...budgets) : (high ?? Number.POSITIVE_INFINITY),
  };
}
