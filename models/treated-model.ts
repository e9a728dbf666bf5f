import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { LoraTarget } from '../schemas/pipeline.js';
import type { FlopCount } from './compute-meter.js';
import { type LanguageModel, matrix, vector } from './language-model.js';
import { tf } from './tensorflow.js';
import type { Block } from './transformer/block.js';
import type { Linear } from './transformer/linear.js';
import { matMul } from './transformer/matmul.js';
import { firstTouchedLayer, type Intervention, type Treatment, type WeightDelta } from './treatment.js';

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
  return {
    model,
    blocks: Array.from({ length: layers }, (_, layer) => blockOf(model, layer, treatment.weightDeltas)),
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
    gate: merge(block.gate),
    up: merge(block.up),
    down: merge(block.down),
  }));
  return { ...treated, blocks, [Symbol.dispose]: () => tf.dispose(owned) };
}

/** Where a LoRA target's weight lies within its block. */
export const targetModules: Record<LoraTarget, string> = {
  q_proj: 'self_attn.q_proj',
  k_proj: 'self_attn.k_proj',
  v_proj: 'self_attn.v_proj',
  o_proj: 'self_attn.o_proj',
  gate_proj: 'mlp.gate_proj',
  up_proj: 'mlp.up_proj',
  down_proj: 'mlp.down_proj',
};

function blockOf(model: LanguageModel, layer: number, deltas: readonly WeightDelta[]): Block {
  const prefix = `model.layers.${layer}`;
  const linearOf = (target: LoraTarget): Linear => {
    const name = `${prefix}.${targetModules[target]}`;
    return {
      weight: matrix(model, `${name}.weight`),
      ...(model.weights.has(`${name}.bias`) ? { bias: vector(model, `${name}.bias`) } : {}),
      updates: deltas.filter((delta) => delta.layer === layer && delta.target === target),
    };
  };
  return {
    layer,
    config: model.config,
    attentionNorm: vector(model, `${prefix}.input_layernorm.weight`),
    q: linearOf('q_proj'),
    k: linearOf('k_proj'),
    v: linearOf('v_proj'),
    o: linearOf('o_proj'),
    mlpNorm: vector(model, `${prefix}.post_attention_layernorm.weight`),
    gate: linearOf('gate_proj'),
    up: linearOf('up_proj'),
    down: linearOf('down_proj'),
  };
}

/** W + Σ scale·b·a. */
function mergedWeight({ weight, updates }: Linear, count: FlopCount): Tensor2D {
  return tf.tidy(() =>
    updates.reduce((sum, { scale, a, b }) => tf.add(sum, tf.mul(matMul(b, a, count), scale)), weight),
  );
}

function checkTreatment(model: LanguageModel, treatment: Treatment): void {
  const { layers, hidden } = model.config;
  for (const { layer } of [...treatment.interventions, ...treatment.weightDeltas]) {
    if (Number.isInteger(layer) && layer >= 0 && layer < layers) continue;
    throw new Error(`the treatment acts on layer ${layer}; ${model.name} has layers 0 to ${layers - 1}`);
  }
  for (const { layer, vector: added } of treatment.interventions) {
    if (added.shape[0] === hidden) continue;
    throw new Error(
      `the vector for layer ${layer} has ${added.shape[0]} channels; ${model.name} has ${hidden}`,
    );
  }
  for (const { layer, target, a, b } of treatment.weightDeltas) {
    const name = `model.layers.${layer}.${targetModules[target]}.weight`;
    const [out, input] = matrix(model, name).shape;
    if (a.shape[1] === input && b.shape[0] === out && a.shape[0] === b.shape[1]) continue;
    throw new Error(
      `LoRA for ${name} [${out}, ${input}] has a [${a.shape}] and b [${b.shape}], expected a [r, ${input}] and b [${out}, r]`,
    );
  }
}
