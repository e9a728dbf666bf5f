import { bracketed } from '../interpolation.js';
import type { LossCurve } from './curve-law.js';

/**
 * The falling curve nearest to the points in the mean of squares of log L (pool adjacent violators: Ayer et al. 1955), as
 * log losses at the budgets. It assumes nothing but that more examples do no harm.
 */
export function fallingLogLosses(losses: readonly number[]): number[] {
  const pools: { sum: number; size: number }[] = [];
  for (const loss of losses) {
    let pool = { sum: Math.log(loss), size: 1 };
    for (
      let last = pools.at(-1);
      last !== undefined && last.sum / last.size < pool.sum / pool.size;
      last = pools.at(-1)
    ) {
      pool = { sum: last.sum + pool.sum, size: last.size + pool.size };
      pools.pop();
    }
    pools.push(pool);
  }
  return pools.flatMap(({ sum, size }) => Array<number>(size).fill(sum / size));
}

/** How many different levels a falling curve has: its effective number of parameters (Meyer and Woodroofe 2000). */
export function levelsOf(logLosses: readonly number[]): number {
  return new Set(logLosses).size;
}

/** log L at a number of examples: straight over log N between budgets, level beyond them. */
export function monotoneLogLoss(
  { budgets }: Pick<LossCurve, 'budgets'>,
  logLosses: readonly number[],
  x: number,
): number {
  return bracketed(budgets.map(Math.log), logLosses, x);
}
