import { checkOptionLogprobs } from './option-logprobs.js';

/**
 * −log p(right option), nats, when only the options are possible: log Σ exp(l − l_right) of their log-probabilities l.
 * Log-probabilities as they are compared may be differences or means; among the options they still say what is chosen.
 */
export function choiceLoss(logprobs: readonly number[], label: number): number {
  checkOptionLogprobs(logprobs, label);
  const right = logprobs[label] ?? Number.NaN;
  const largest = Math.max(...logprobs);
  const others = logprobs.reduce(
    (sum, logprob, option) => (option === label ? sum : sum + Math.exp(logprob - largest)),
    0,
  );
  const own = Math.exp(right - largest);
  // Where the right option is far ahead, 1 + others would lose the others.
  return own === 1 ? Math.log1p(others) : largest - right + Math.log(own + others);
}
