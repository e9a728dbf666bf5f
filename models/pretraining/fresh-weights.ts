import { expectedTensors } from '../checkpoints/checkpoint.js';
import type { NamedTensor } from '../checkpoints/safetensors.js';
import type { TransformerConfig } from '../config.js';
import { normal } from '../normal.js';

// Projections that write into the residual stream.
const WRITES = /(o_proj|down_proj)\.weight$/;

/**
 * First weights of a model: norms are 1, matrices are normal with variance 1 / inputs, so that activations keep their
 * size; those that write into the residual stream are divided by √(2·layers) (Radford et al. 2019, §2.3).
 * @param random uniform numbers in [0, 1)
 */
export function freshWeights(config: TransformerConfig, random: () => number): NamedTensor[] {
  return [...expectedTensors(config)].map(([name, shape]) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const [, inputs = 1] = shape;
    const deviation = (WRITES.test(name) ? 1 / Math.sqrt(2 * config.layers) : 1) / Math.sqrt(inputs);
    const values =
      shape.length === 1
        ? new Float32Array(size).fill(1)
        : Float32Array.from({ length: size }, () => deviation * normal(random));
    return { name, shape, values };
  });
}
