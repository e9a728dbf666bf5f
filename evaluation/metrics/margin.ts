import { checkOptionLogprobs } from './option-logprobs.js';

/**
 * log p(right option) − log p(best wrong option), in nats: positive when the right option wins, 0 at a tie.
 * Throws on a log-probability that is not finite.
 */
export function optionMargin(logprobs: readonly number[], label: number): number {
  checkOptionLogprobs(logprobs, label);
  const right = logprobs[label] ?? Number.NaN;
  return right - Math.max(...logprobs.filter((_, option) => option !== label));
}

/** Mean margin in nats. Throws without rows. */
export function meanMargin(rows: readonly { margin: number }[]): number {
  if (rows.length === 0) throw new RangeError('margin: found no rows, expected at least one');
  return rows.reduce((sum, row) => sum + row.margin, 0) / rows.length;
}
