import type { OffTargetRow } from '../../schemas/tables.js';

/** What a treatment changed on text it was not meant for. */
export interface OffTargetChange {
  /** KL(base‖treated) per token, full vocabulary, temperature 1, nats. */
  kl: number;
  /** KL(treated‖base) per token, nats; null when some window lacks it. */
  reverseKl: number | null;
  /** Treated ÷ base perplexity; above 1 the text became less probable. */
  perplexityRatio: number;
  tokens: number;
}

/** Sums the windows of one text or of several, each token with equal weight. Throws without scored tokens. */
export function offTargetChange(
  windows: readonly Pick<OffTargetRow, 'tokens' | 'kl' | 'reverse_kl' | 'nll' | 'base_nll'>[],
): OffTargetChange {
  const tokens = sum(windows.map((window) => window.tokens));
  if (tokens <= 0)
    throw new RangeError(`off-target change: found ${tokens} scored tokens, expected at least one`);
  const kl = sum(windows.map((window) => window.kl)) / tokens;
  const nllChange = sum(windows.map((window) => window.nll - window.base_nll)) / tokens;
  if (!Number.isFinite(kl) || !Number.isFinite(nllChange)) {
    throw new RangeError(
      `off-target change: found KL ${kl} and NLL change ${nllChange} per token, expected finite sums`,
    );
  }
  const reverse = windows.flatMap(({ reverse_kl: own }) => own ?? []);
  const reverseKl = reverse.length < windows.length ? null : sum(reverse) / tokens;
  return { kl, reverseKl, perplexityRatio: Math.exp(nllChange), tokens };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
