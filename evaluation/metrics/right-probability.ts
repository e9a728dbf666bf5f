import { checkOptionLogprobs } from './option-logprobs.js';

/** Probability of the right option when only the options are possible: softmax of their log-probabilities. */
export function rightProbability(logprobs: readonly number[], label: number): number {
  checkOptionLogprobs(logprobs, label);
  const right = logprobs[label] ?? Number.NaN;
  return 1 / logprobs.reduce((sum, logprob) => sum + Math.exp(logprob - right), 0);
}
