import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { ComputeMeter } from '../compute-meter.js';
import { type LanguageModel, outputProjection, vector } from '../language-model.js';
import { executeOp, tf } from '../tensorflow.js';
import type { Gradients } from './gradients.js';
import { positionsAtOnce, type Query } from './head.js';
import { matMul } from './matmul.js';
import { rmsNorm, rmsNormBackward } from './rms-norm.js';

// N positions, S scored positions, C hidden, V vocabulary.

/**
 * Mean negative log-likelihood of the queries, nats, and its gradient with respect to the hidden states [N, C].
 * @param queries at most one per position
 */
export function headLoss(
  model: LanguageModel,
  hidden: Tensor2D,
  queries: readonly Query[],
  { meter, gradients }: { meter: ComputeMeter; gradients: Gradients },
): { loss: number; dHidden: Tensor2D } {
  const projection = outputProjection(model);
  const norm = vector(model, 'model.norm.weight');
  const positions = tf.tensor1d(
    queries.map(({ position }) => position),
    'int32',
  );
  const scored = rmsNorm(tf.gather(hidden, positions), norm, model.config.normEpsilon); // [S, C]
  const size = positionsAtOnce(model);
  const dScored: Tensor2D[] = [];
  let total = 0;
  for (let start = 0; start < queries.length; start += size) {
    const targets = queries.slice(start, start + size).map(({ target }) => target);
    const rows = tf.slice(scored.output, [start, 0], [targets.length, -1]); // [S′, C]
    const { losses, dRows } = tf.tidy(() => {
      const logits = matMul(rows, projection, meter.forward, { transposeB: true }); // [S′, V]
      const [perRow, slopes] = crossEntropy(logits, tf.tensor1d(targets, 'int32'));
      // The mean's 1/S is applied after the products, where there are fewer numbers to scale.
      gradients.collect(projection, () =>
        tf.div(matMul(slopes, rows, meter.backward, { transposeA: true }), queries.length),
      );
      const dRows = tf.div<Tensor2D>(matMul(slopes, projection, meter.backward), queries.length);
      return { losses: perRow.dataSync<'float32'>(), dRows };
    });
    total = losses.reduce((sum, loss) => sum + loss, total);
    dScored.push(dRows);
  }
  const dNormed = tf.concat(dScored, 0); // [S, C]
  const dGathered = rmsNormBackward(dNormed, norm, scored.saved, gradients);
  const dHidden = tf.scatterND(tf.expandDims(positions, 1), dGathered, hidden.shape);
  return { loss: total / queries.length, dHidden: tf.reshape(dHidden, hidden.shape) };
}

/** −log softmax at the target, [S], and softmax − one-hot, [S, V], in one pass. */
function crossEntropy(logits: Tensor2D, targets: Tensor1D): [Tensor1D, Tensor2D] {
  const attributes = { T: { type: 'float32' }, Tlabels: { type: 'int32' } } as const;
  const inputs = [logits, targets];
  const [losses, slopes] = executeOp(
    'SparseSoftmaxCrossEntropyWithLogits',
    { attributes, outputs: 2 },
    inputs,
  );
  if (losses === undefined || slopes === undefined) {
    throw new Error('cross-entropy returned fewer than two tensors');
  }
  return [tf.reshape(losses, [targets.size]), tf.reshape(slopes, logits.shape)];
}
