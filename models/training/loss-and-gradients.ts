import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { TrainingBatch } from '../batch.js';
import { type ComputeMeter, computeMeter } from '../compute-meter.js';
import type { LanguageModel } from '../language-model.js';
import type { PrefixCache } from '../prefix-cache.js';
import { tf } from '../tensorflow.js';
import { type BatchTensors, batchTensors } from '../transformer/batch-tensors.js';
import { blockBackward, blockForward, blockTensors, type SavedBlock } from '../transformer/block.js';
import { baseState, intervene } from '../transformer/decoder.js';
import { Gradients } from '../transformer/gradients.js';
import type { Query } from '../transformer/head.js';
import { headLoss } from '../transformer/head-loss.js';
import { type TreatedModel, treat } from '../treated-model.js';
import { noTreatment, type Treatment, treatmentTensors } from '../treatment.js';

// N positions of a batch, C hidden.

export interface LossOptions {
  treatment?: Treatment;
  /** Weights of the model or tensors of the treatment, by identity. */
  wanted: readonly Tensor[];
  prefixes?: PrefixCache | undefined;
  meter?: ComputeMeter;
}

export interface LossAndGradients {
  /** Mean negative log-likelihood over the target tokens, nats; not finite when training has diverged. */
  loss: number;
  tokens: number;
  /** Parallel to `wanted`; the caller disposes them. */
  gradients: Tensor[];
}

/**
 * Loss of a batch and its gradients. Blocks below the first one that the treatment touches or whose gradient is
 * wanted are taken from `prefixes`; the backward pass ends at the lowest block with a wanted gradient.
 * @throws when the batch has no target, or a wanted tensor takes no part in the computation
 */
export function lossAndGradients(
  model: LanguageModel,
  batch: TrainingBatch,
  { treatment = noTreatment, wanted, prefixes, meter = computeMeter() }: LossOptions,
): LossAndGradients {
  checkWanted(model, treatment, wanted);
  const queries = queriesOf(batch);
  using gradients = new Gradients(wanted);
  using treated = treat(model, treatment);
  const loss = tf.tidy(() => {
    const tensors = batchTensors(batch, model.config);
    const lowest = lowestBlock(treated, gradients);
    const from = Math.min(lowest, treated.firstTouched);
    const start = baseState(treated, batch, tensors, { layer: from, count: meter.forward, prefixes });
    const pass = { treated, batch: tensors, meter, gradients, lowest };
    const { hidden, saved } = forward(start, from, pass);
    const head = headLoss(model, hidden, queries, pass);
    backward(head.dHidden, saved, pass);
    return head.loss;
  });
  return { loss, tokens: queries.length, gradients: gradients.take(wanted) };
}

interface Pass {
  treated: TreatedModel;
  batch: BatchTensors;
  meter: ComputeMeter;
  gradients: Gradients;
  /** The backward pass visits this block and those above it. */
  lowest: number;
}

/** Blocks `from`… on top of the base state; those from `lowest` on save what their backward pass needs. */
function forward(
  start: Tensor2D,
  from: number,
  pass: Pass,
): { hidden: Tensor2D; saved: Map<number, SavedBlock> } {
  const { treated, batch, meter, lowest } = pass;
  const saved = new Map<number, SavedBlock>();
  let hidden = tf.tidy(() => intervene(start, from - 1, treated.interventions, batch));
  start.dispose();
  for (const block of treated.blocks.slice(from)) {
    const result = tf.tidy(() => {
      const computed = blockForward(hidden, block, { batch, count: meter.forward });
      const output = intervene(computed.output, block.layer, treated.interventions, batch);
      return block.layer < lowest ? { output } : { output, saved: computed.saved };
    });
    if (result.saved === undefined) hidden.dispose();
    else saved.set(block.layer, result.saved);
    hidden = result.output;
  }
  return { hidden, saved };
}

/** From the gradient after the last block down to `lowest`, freeing each block's saved tensors on the way. */
function backward(dHidden: Tensor2D, saved: ReadonlyMap<number, SavedBlock>, pass: Pass): void {
  const { treated, batch, meter, gradients, lowest } = pass;
  let d = dHidden;
  for (const block of treated.blocks.slice(lowest).reverse()) {
    const ofBlock = saved.get(block.layer);
    if (ofBlock === undefined) throw new Error(`block ${block.layer} saved nothing for its backward pass`);
    collectVectors(d, block.layer, pass);
    const next = tf.tidy(() => blockBackward(d, block, ofBlock, { batch, count: meter.backward, gradients }));
    tf.dispose([d, ofBlock]);
    d = next;
  }
  collectVectors(d, lowest - 1, pass);
  const { weights, config } = treated.model;
  const embedding = weights.get('model.embed_tokens.weight');
  if (embedding !== undefined) {
    gradients.collect(embedding, () => tf.unsortedSegmentSum(d, batch.ids, config.vocabulary));
  }
}

/** d(coefficient · vector) at the output of block `layer`: the sum of d [N, C] over the positions acted on. */
function collectVectors(d: Tensor2D, layer: number, { treated, batch, gradients }: Pass): void {
  for (const { layer: own, vector, coefficient, positions } of treated.interventions) {
    if (own !== layer) continue;
    const acting = batch.acting[positions];
    gradients.collect(vector, () =>
      tf.mul(tf.sum(acting === undefined ? d : tf.mul(d, acting), 0), coefficient),
    );
  }
}

/** The number of blocks when no gradient below the head is wanted. */
function lowestBlock({ model, blocks, interventions }: TreatedModel, gradients: Gradients): number {
  const embedding = model.weights.get('model.embed_tokens.weight');
  if (embedding !== undefined && gradients.wants(embedding)) return 0;
  const own = blocks.filter((block) => blockTensors(block).some((tensor) => gradients.wants(tensor)));
  const steered = interventions.filter(({ vector }) => gradients.wants(vector));
  return Math.min(blocks.length, ...own.map(({ layer }) => layer), ...steered.map(({ layer }) => layer + 1));
}

function queriesOf({ targets }: TrainingBatch): Query[] {
  const queries = [...targets].flatMap((target, position) => (target < 0 ? [] : [{ position, target }]));
  if (queries.length === 0) throw new Error('the training batch has no target token, expected at least one');
  return queries;
}

function checkWanted(model: LanguageModel, treatment: Treatment, wanted: readonly Tensor[]): void {
  const known = new Set<Tensor>([...model.weights.values(), ...treatmentTensors(treatment)]);
  const unknown = wanted.findIndex((tensor) => !known.has(tensor));
  if (unknown < 0) return;
  throw new Error(
    `wanted tensor ${unknown} of shape [${wanted[unknown]?.shape}] is neither a weight of ${model.name} nor in the treatment`,
  );
}
