/** Throws unless there are two or more finite log-probabilities and `label` is the index of one. */
export function checkOptionLogprobs(logprobs: readonly number[], label: number): void {
  if (logprobs.length < 2)
    throw new RangeError(`found ${logprobs.length} option log-probabilities, expected at least 2`);
  const wrong = logprobs.findIndex((logprob) => !Number.isFinite(logprob));
  if (wrong >= 0)
    throw new RangeError(
      `option ${wrong}: found log-probability ${logprobs[wrong]}, expected a finite number`,
    );
  if (!Number.isInteger(label) || label < 0 || label >= logprobs.length) {
    throw new RangeError(`found label ${label}, expected an index from 0 to ${logprobs.length - 1}`);
  }
}
