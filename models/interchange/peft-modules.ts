import { LinearTarget } from '../../schemas/treatment.js';
import { blockName, linearTargets, targetModules } from '../block-names.js';
import type { TransformerConfig } from '../config.js';
import { storedTensor } from '../families/families.js';

/** A linear layer of a block within the module that PEFT knows, which may hold several. */
export interface PeftModule {
  /** Its name within the model: `model.layers.3.self_attn.q_proj`. */
  module: string;
  layer: number;
  target: LinearTarget;
  /** Which of the module's outputs are the layer's, and how many it has; all of them, by default. */
  rows?: Int32Array;
  moduleRows?: number;
}

/** @param config of the model; without one, the names are Llama's */
export function peftModule(
  layer: number,
  target: LinearTarget,
  config: TransformerConfig | undefined,
): PeftModule {
  const name = `${blockName(layer)}.${targetModules[target]}.weight`;
  const { name: stored, rows, storedRows } = config === undefined ? { name } : storedTensor(name, config);
  const module = stored.replace(/\.weight$/, '');
  return { module, layer, target, ...(rows && storedRows && { rows, moduleRows: storedRows }) };
}

/** The linear layers of a model's block that a module holds, none for a foreign name. */
export function linearsOfModule(module: string, config: TransformerConfig | undefined): PeftModule[] {
  const layer = Number(/\.layers\.(\d+)\./.exec(module)?.[1] ?? Number.NaN);
  if (!Number.isSafeInteger(layer)) return [];
  const targets = config === undefined ? LinearTarget.options : linearTargets(config);
  return targets
    .map((target) => peftModule(layer, target, config))
    .filter((linear) => linear.module === module);
}
