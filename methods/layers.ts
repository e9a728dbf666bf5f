import { InvalidInput } from '../schemas/invalid-input.js';
import type { LayerChoice } from '../schemas/pipeline.js';
import { AUTO_LAYERS } from '../schemas/pipeline-graph.js';

/**
 * Blocks a fine-tuning method touches, ascending.
 * @throws InvalidInput for an index the model does not have
 */
export function chosenLayers(choice: LayerChoice, depth: number): number[] {
  if (Array.isArray(choice))
    return checked(
      [...choice].sort((a, b) => a - b),
      depth,
    );
  const first = { all: 0, 'upper-half': Math.floor(depth / 2), 'upper-third': depth - Math.floor(depth / 3) }[
    choice
  ];
  return Array.from({ length: depth - first }, (_, index) => first + index);
}

/**
 * Blocks a steering search tries: the list, or `auto`: evenly spread over 40–80 % of the depth, where mean-difference
 * vectors are found to work best (CAA, Rimsky et al. 2023, §4.1 and appendix: layers 13–15 of 32–40; Turner et al. 2023).
 * @throws InvalidInput for an index the model does not have
 */
export function searchedLayers(choice: number[] | 'auto', depth: number): number[] {
  if (Array.isArray(choice)) return checked(choice, depth);
  const spread = Array.from({ length: AUTO_LAYERS }, (_, k) =>
    Math.round(depth * (0.4 + (0.4 * k) / (AUTO_LAYERS - 1))),
  );
  return checked(
    spread.map((layer) => Math.min(layer, depth - 1)),
    depth,
  );
}

function checked(layers: number[], depth: number): number[] {
  const outside = layers.find((layer) => layer >= depth);
  if (outside !== undefined)
    throw new InvalidInput(
      `layer ${outside}: the model has ${depth} blocks; expected an index from 0 to ${depth - 1}`,
    );
  return layers;
}
