import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { FlopCount } from '../compute-meter.js';
import { add, chain, mul, reshape, softmax, sub } from '../operations.js';
import { tf } from '../tensorflow.js';
import { matMul } from './matmul.js';

// B rows, T query positions, S key positions, K key/value heads, G query heads for each, H = K·G, D channels of a head.
// The G heads that share keys are stacked along the query axis, so that keys and values are never copied.

export type AttentionInputs = {
  q: Tensor4D; // [B, K, G·T, D], already divided by √D
  k: Tensor4D; // [B, K, S, D]
  v: Tensor4D; // [B, K, S, D]
};

export type SavedAttention = AttentionInputs & {
  weights: Tensor4D; // [B, K, G·T, S]
};

/**
 * softmax(q·kᵀ + mask)·v (Vaswani et al. 2017, eq. 1).
 * @param mask [B, 1, T, S]: 0 where a query may look, very negative elsewhere
 */
export function attend(
  { q, k, v }: AttentionInputs,
  mask: Tensor4D,
  count: FlopCount,
): { output: Tensor4D; saved: SavedAttention } {
  const [rows, , queries, keys] = mask.shape;
  const weights = tf.tidy(() => {
    const scores = matMul(q, k, count, { transposeB: true }); // [B, K, G·T, S]
    const byHead = reshape<Tensor4D>(scores, [rows, -1, queries, keys]); // [B, H, T, S]
    return reshape<Tensor4D>(
      chain(add(byHead, mask), (masked) => softmax(masked)),
      scores.shape,
    );
  });
  return { output: matMul(weights, v, count), saved: { q, k, v, weights } };
}

/**
 * With P the weights: dv = Pᵀ·dy, dS = P ∘ (dy·vᵀ − Σ over D of dy ∘ y), dq = dS·k, dk = dSᵀ·q; heads that share keys add up.
 * @param rowSums Σ over D of dy ∘ y, [B, K, G·T, 1]
 */
export function attendBackward(
  dy: Tensor4D,
  rowSums: Tensor4D,
  { q, k, v, weights }: SavedAttention,
  count: FlopCount,
): AttentionInputs {
  const dv = matMul(weights, dy, count, { transposeA: true }); // [B, K, S, D]
  const dScores = chain(
    matMul(dy, v, count, { transposeB: true }), // dP, [B, K, G·T, S]
    (d) => sub(d, rowSums),
    (d) => mul(weights, d),
  );
  const dq = matMul(dScores, k, count);
  const dk = matMul(dScores, q, count, { transposeA: true });
  dScores.dispose();
  return { q: dq, k: dk, v: dv };
}
