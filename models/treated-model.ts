import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { LinearTarget } from '../schemas/treatment.js';
import { blockName, blockNorms, linearTargets, linearWeightName, targetModules } from './block-names.js';
import type { FlopCount } from './compute-meter.js';
import { type LanguageModel, matrix, vector, weightOf } from './language-model.js';
import { modelNorm } from './model-norm.js';
import { tf } from './tensorflow.js';
import type { Block } from './transformer/block-parts.js';
import type { Linear } from './transformer/linear.js';
import { matMul } from './transformer/matmul.js';
import {
  type BiasDelta,
  firstTouchedLayer,
  type Intervention,
  type LoraDelta,
  type Treatment,
  type WeightDelta,
} from './treatment.js';

/** A model as a treatment makes it: the base weights with what is added to them. Owns merged weights only. */
export interface TreatedModel extends Disposable {
  readonly model: LanguageModel;
  readonly blocks: readonly Block[];
  readonly interventions: readonly Intervention[];
  /** Blocks below this one compute what the base model computes. */
  readonly firstTouched: number;
}

/**
 * Applies a treatment, keeping LoRA pairs apart from the weights, so that they can be trained.
 * @throws when the treatment names a layer the model does not have or its shapes do not fit
 */
export function treat(model: LanguageModel, treatment: Treatment): TreatedModel {
  checkTreatment(model, treatment);
  const { layers } = model.config;
  const own = withReplacements(model, treatment.weightDeltas);
  return {
    model: own,
    blocks: Array.from({ length: layers }, (_, layer) => blockOf(own, layer, treatment.weightDeltas)),
    interventions: treatment.interventions,
    firstTouched: firstTouchedLayer(treatment, layers),
    [Symbol.dispose]() {},
  };
}

/** As `treat`, with every LoRA pair added into a copy of its weight: the fast form for scoring. */
export function treatMerged(model: LanguageModel, treatment: Treatment, count: FlopCount): TreatedModel {
  const treated = treat(model, treatment);
  const owned: Tensor2D[] = [];
  const merge = (layer: Linear): Linear => {
    if (layer.updates.length === 0) return layer;
    const weight = mergedWeight(layer, count);
    owned.push(weight);
    return { ...layer, weight, updates: [] };
  };
  const blocks = treated.blocks.map((block) => ({
    ...block,
    q: merge(block.q),
    k: merge(block.k),
    v: merge(block.v),
    o: merge(block.o),
    ...(block.gate && { gate: merge(block.gate) }),
    up: merge(block.up),
    down: merge(block.down),
  }));
  return { ...treated, blocks, [Symbol.dispose]: () => tf.dispose(owned) };
}

let derived = 0;

/**
 * The model with all of a treatment's weight changes in its weights, as a model of its own: what lies below a further
 * treatment of it is then computed once, as with any model. Owns its merged weights only; those the treatment replaces
 * stay the treatment's.
 */
export function mergedModel(model: LanguageModel, treatment: Treatment, count: FlopCount): LanguageModel {
  checkTreatment(model, treatment);
  const replaced = withReplacements(model, treatment.weightDeltas);
  const owned = new Map<string, Tensor>();
  const blocks = new Set(treatment.weightDeltas.flatMap((delta) => ('layer' in delta ? [delta.layer] : [])));
  for (const layer of blocks) {
    const block = blockOf(replaced, layer, treatment.weightDeltas);
    for (const [target, own] of linearsOf(block)) {
      const name = `${blockName(layer)}.${targetModules[target]}`;
      if (own.updates.length > 0) owned.set(`${name}.weight`, mergedWeight(own, count));
      if (own.shifts.length > 0) owned.set(`${name}.bias`, shiftedBias(own));
    }
  }
  derived += 1;
  return {
    ...replaced,
    digest: `${model.digest}/derived-${derived}`,
    weights: new Map([...replaced.weights, ...owned]),
    [Symbol.dispose]: () => tf.dispose([...owned.values()]),
  };
}

function linearsOf({ q, k, v, o, gate, up, down }: Block): [LinearTarget, Linear][] {
  return [
    ['q_proj', q],
    ['k_proj', k],
    ['v_proj', v],
    ['o_proj', o],
    ...(gate === undefined ? [] : [['gate_proj', gate] satisfies [LinearTarget, Linear]]),
    ['up_proj', up],
    ['down_proj', down],
  ];
}

/** bias + Σ scale·shift. */
function shiftedBias({ bias, shifts }: Linear): Tensor1D {
  return tf.tidy(() => {
    const changes = shifts.map((shift) => tf.mul<Tensor1D>(shift.bias, shift.scale));
    return [...(bias === undefined ? [] : [bias]), ...changes].reduce((sum, part) => tf.add(sum, part));
  });
}

/** The model with other tensors under some names; the model itself where nothing is replaced. */
function withReplacements(model: LanguageModel, deltas: readonly WeightDelta[]): LanguageModel {
  const replaced = deltas.filter((delta) => delta.kind === 'replace');
  if (replaced.length === 0) return model;
  const weights = new Map([...model.weights, ...replaced.map(({ name, value }) => [name, value] as const)]);
  return { ...model, weights };
}

function blockOf(model: LanguageModel, layer: number, deltas: readonly WeightDelta[]): Block {
  const { config } = model;
  const prefix = blockName(layer);
  const linearOf = (target: LinearTarget): Linear => {
    const name = `${prefix}.${targetModules[target]}`;
    const isHere = (delta: LoraDelta | BiasDelta) => delta.layer === layer && delta.target === target;
    return {
      weight: matrix(model, `${name}.weight`),
      ...(model.weights.has(`${name}.bias`) ? { bias: vector(model, `${name}.bias`) } : {}),
      updates: deltas.filter((delta) => delta.kind === 'lora').filter(isHere),
      shifts: deltas.filter((delta) => delta.kind === 'bias').filter(isHere),
    };
  };
  const norms = blockNorms(config);
  const normOf = (name: string) => modelNorm(model, `${prefix}.${name}`);
  return {
    layer,
    config,
    attentionNorm: normOf(norms.attention),
    q: linearOf('q_proj'),
    k: linearOf('k_proj'),
    v: linearOf('v_proj'),
    ...(norms.query !== undefined && { queryNorm: normOf(norms.query) }),
    ...(norms.key !== undefined && { keyNorm: normOf(norms.key) }),
    o: linearOf('o_proj'),
    ...(norms.attentionOutput !== undefined && { attentionOutputNorm: normOf(norms.attentionOutput) }),
    mlpNorm: normOf(norms.mlp),
    ...(linearTargets(config).includes('gate_proj') && { gate: linearOf('gate_proj') }),
    up: linearOf('up_proj'),
    down: linearOf('down_proj'),
    ...(norms.mlpOutput !== undefined && { mlpOutputNorm: normOf(norms.mlpOutput) }),
  };
}

/** W + Σ scale·b·a. */
function mergedWeight({ weight, updates }: Linear, count: FlopCount): Tensor2D {
  return tf.tidy(() =>
    updates.reduce((sum, { scale, a, b }) => tf.add(sum, tf.mul(matMul(b, a, count), scale)), weight),
  );
}

function checkTreatment(model: LanguageModel, { interventions, weightDeltas }: Treatment): void {
  for (const intervention of interventions) checkIntervention(model, intervention);
  for (const delta of weightDeltas) checkDelta(model, delta);
  const replaced = weightDeltas.flatMap((delta) => (delta.kind === 'replace' ? [delta.name] : []));
  const twice = replaced.find((name, index) => replaced.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`the treatment replaces ${twice} twice, expected once at most`);
}

function checkLayer({ config, name }: LanguageModel, layer: number): void {
  if (Number.isInteger(layer) && layer >= 0 && layer < config.layers) return;
  throw new Error(`the treatment acts on layer ${layer}; ${name} has layers 0 to ${config.layers - 1}`);
}

function checkIntervention(model: LanguageModel, intervention: Intervention): void {
  const { hidden } = model.config;
  checkLayer(model, intervention.layer);
  if ('projection' in intervention) {
    const { layer, projection, weight, bias } = intervention;
    const [rank] = projection.shape;
    const fits = projection.shape[1] === hidden && weight.shape[1] === hidden;
    if (fits && weight.shape[0] === rank && bias.shape[0] === rank) return;
    throw new Error(
      `the edit of layer ${layer} has projection [${projection.shape}], weight [${weight.shape}] and bias [${bias.shape}], expected [r, ${hidden}], [r, ${hidden}] and [r]`,
    );
  }
  const channels = intervention.vector.shape[0];
  if (channels === hidden) return;
  throw new Error(
    `the vector for layer ${intervention.layer} has ${channels} channels; ${model.name} has ${hidden}`,
  );
}

function checkDelta(model: LanguageModel, delta: WeightDelta): void {
  if (delta.kind === 'replace') {
    const { shape } = weightOf(model, delta.name);
    if (shape.join() === delta.value.shape.join()) return;
    throw new Error(`${delta.name} of shape [${shape}] is replaced by one of shape [${delta.value.shape}]`);
  }
  const { layer, target } = delta;
  checkLayer(model, layer);
  const name = linearWeightName(model, layer, target);
  const [out, input] = matrix(model, name).shape;
  if (delta.kind === 'bias') {
    if (delta.bias.shape[0] === out) return;
    throw new Error(
      `the bias for ${name} [${out}, ${input}] has shape [${delta.bias.shape}], expected [${out}]`,
    );
  }
  const { a, b } = delta;
  if (a.shape[1] === input && b.shape[0] === out && a.shape[0] === b.shape[1]) return;
  throw new Error(
    `LoRA for ${name} [${out}, ${input}] has a [${a.shape}] and b [${b.shape}], expected a [r, ${input}] and b [${out}, r]`,
  );
}
