import type { ItemRow } from '../../schemas/tables.js';
import { optionMargin } from './margin.js';

/**
 * How an item was answered, from the summed log-probability of each option (nats). The prediction is the first of equals.
 * Throws on a log-probability that is not finite.
 */
export function judgement(
  logprobs: readonly number[],
  label: number,
): Pick<ItemRow, 'prediction' | 'correct' | 'margin'> {
  const margin = optionMargin(logprobs, label);
  const prediction = logprobs.indexOf(Math.max(...logprobs));
  return { prediction, correct: prediction === label, margin };
}
