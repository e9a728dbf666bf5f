import type { Rank, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { FlopCount } from '../compute-meter.js';
import { add, mul, scale, sub, sumOfRows } from '../operations.js';
import { tf } from '../tensorflow.js';
import type { GatedAddition, Intervention, LowRankEdit } from '../treatment.js';
import { type AskedPositions, statesAsked } from './asked-positions.js';
import { actingAt, type BatchTensors } from './batch-tensors.js';
import type { Gradients } from './gradients.js';
import type { Past } from './key-value-cache.js';
import { matMul } from './matmul.js';

// N positions, C hidden, r rank of an edit. Every intervention is h + coefficient · change(h) at the positions it acts on.

export interface InterventionContext {
  batch: BatchTensors;
  /** The positions that the states are of; all of the batch, by default. */
  asked?: AskedPositions | undefined;
  count: FlopCount;
  cache?: Past | undefined;
}

/** What the backward pass of a block's interventions needs: the hidden states [N, C] met by those that read them. */
export type SavedInterventions = { met: (Tensor2D | undefined)[] };

/** The interventions on block `layer` in their order; [N, C] → [N, C], a tensor of its own. */
export function intervene(
  x: Tensor2D,
  layer: number,
  interventions: readonly Intervention[],
  context: InterventionContext,
): Tensor2D {
  return acting(interventions, layer).reduce((h, part) => changed(h, part, context), tf.clone(x));
}

/** As `intervene`, keeping what `interveneBackward` needs. */
export function interveneSaving(
  x: Tensor2D,
  layer: number,
  interventions: readonly Intervention[],
  context: InterventionContext,
): { output: Tensor2D; saved: SavedInterventions } {
  const met: (Tensor2D | undefined)[] = [];
  const output = acting(interventions, layer).reduce((h, part) => {
    met.push(readsState(part) ? h : undefined);
    return changed(h, part, context);
  }, tf.clone(x));
  return { output, saved: { met } };
}

/** dx [N, C] from dy [N, C]; collects the gradients of the interventions' wanted tensors. */
export function interveneBackward(
  dy: Tensor2D,
  layer: number,
  interventions: readonly Intervention[],
  saved: SavedInterventions,
  context: InterventionContext & { gradients: Gradients },
): Tensor2D {
  return acting(interventions, layer).reduceRight((d, part, index) => {
    const dChange = masked(scale(d, part.coefficient), part, context);
    const dh = changeBackward(dChange, saved.met[index], part, context);
    return dh === undefined ? d : add(d, dh);
  }, tf.clone(dy));
}

/** An intervention of coefficient 0 is none: the block's output stays as it is, to the last bit. */
function acting(interventions: readonly Intervention[], layer: number): Intervention[] {
  return interventions.filter((part) => part.layer === layer && part.coefficient !== 0);
}

function readsState({ kind }: Intervention): boolean {
  return kind !== 'add' && kind !== 'ablate';
}

function changed(h: Tensor2D, part: Intervention, context: InterventionContext): Tensor2D {
  const change = scale(changeOf(h, part, context), part.coefficient); // [N, C] or [C]
  return add(h, masked(change, part, context));
}

/** Zero at the positions that the intervention does not act on. */
function masked<T extends Tensor>(
  x: T,
  { positions }: Intervention,
  { batch, asked }: InterventionContext,
): T {
  const mask = actingAt(batch, positions);
  return mask === undefined ? x : mul<T>(x, statesAsked(mask, asked));
}

function changeOf(h: Tensor2D, part: Intervention, context: InterventionContext): Tensor {
  switch (part.kind) {
    case 'add':
      return part.vector;
    case 'ablate':
      return tf.neg(projected(h, direction(part.vector), context.count));
    case 'gated-add':
      return tf.mul(gate(h, part, context), part.vector);
    case 'loreft':
    case 'direft':
      return matMul(edit(h, part, context.count), part.projection, context.count);
  }
}

/** dh [N, C] beyond the identity; undefined where the change does not depend on h. */
function changeBackward(
  d: Tensor2D,
  met: Tensor2D | undefined,
  part: Intervention,
  context: InterventionContext & { gradients: Gradients },
): Tensor2D | undefined {
  const { count, gradients } = context;
  switch (part.kind) {
    case 'add':
      gradients.collect(part.vector, () => sumOfRows(d));
      return undefined;
    case 'ablate':
      return tf.neg(projected(d, direction(part.vector), count));
    case 'gated-add': {
      // The gate is a step: it has no slope.
      const open = gate(stateOf(met, part), part, context);
      gradients.collect(part.vector, () => sumOfRows(mul(d, open)));
      return undefined;
    }
    case 'loreft':
    case 'direft': {
      const h = stateOf(met, part);
      const z = edit(h, part, count);
      const dz = matMul(d, part.projection, count, { transposeB: true }); // [N, r]
      gradients.collect(part.weight, () => matMul(dz, h, count, { transposeA: true }));
      gradients.collect(part.bias, () => sumOfRows(dz));
      gradients.collect(part.projection, () => {
        const outer = matMul(z, d, count, { transposeA: true });
        return part.kind === 'direft' ? outer : sub(outer, matMul(dz, h, count, { transposeA: true }));
      });
      return matMul(dz, reading(part), count);
    }
  }
}

function stateOf(met: Tensor2D | undefined, { kind, layer }: Intervention): Tensor2D {
  if (met !== undefined) return met;
  throw new Error(`the ${kind} intervention on block ${layer} saved nothing for its backward pass`);
}

/** Wh + b − Rh for LoReFT, Wh + b for DiReFT: [N, r]. */
function edit(h: Tensor2D, part: LowRankEdit, count: FlopCount): Tensor2D {
  return add(matMul(h, reading(part), count, { transposeB: true }), part.bias);
}

function reading({ kind, weight, projection }: LowRankEdit): Tensor2D {
  return kind === 'loreft' ? sub(weight, projection) : weight;
}

function direction(vector: Tensor1D): Tensor2D {
  return tf.reshape(tf.div(vector, tf.norm(vector)), [1, vector.size]);
}

/** (h·v̂)v̂ for the unit vector v̂ [1, C]. */
function projected(h: Tensor2D, unit: Tensor2D, count: FlopCount): Tensor2D {
  return matMul(matMul(h, unit, count, { transposeB: true }), unit, count);
}

/**
 * 1 where the text read so far looks like the condition, 0 elsewhere, [N, 1]: the cosine between the condition and the
 * mean direction of the hidden states up to and with a position, less the center, reaches the threshold.
 */
function gate(h: Tensor2D, part: GatedAddition, context: InterventionContext): Tensor2D {
  if (context.asked?.index !== undefined) throw new Error('a gate reads all positions, found some of them');
  const seen = tf.sub<Tensor2D>(meanDirection(h, part, context), part.center); // [N, C]
  const along = matMul(seen, direction(part.condition), context.count, { transposeB: true }); // [N, 1]
  const cosine = tf.div(along, tf.maximum(tf.norm(seen, 'euclidean', 1, true), 1e-12));
  return tf.cast(tf.greaterEqual(cosine, part.threshold), 'float32');
}

/**
 * The mean of h/‖h‖ over all positions that a position sees, [N, C]. Directions are averaged, as the first token of a
 * text is often longer than all others together (Sun et al. 2024, massive activations).
 */
export function meanDirection(
  h: Tensor2D,
  owner: object,
  { batch, count, cache }: InterventionContext,
): Tensor2D {
  const { rows, width } = batch;
  const units = tf.div<Tensor2D>(h, tf.maximum(tf.norm(h, 'euclidean', 1, true), 1e-12));
  const current = tf.reshape<Rank.R3>(units, [rows, width, -1]);
  const seen = cache?.extendStates(owner, current) ?? current; // [B, S, C]
  const keys = seen.shape[1];
  const shares = tf.softmax(tf.reshape<Rank.R3>(batch.mask, [rows, width, keys])); // equal over what is visible
  return tf.reshape(matMul(shares, seen, count), [rows * width, h.shape[1]]);
}
