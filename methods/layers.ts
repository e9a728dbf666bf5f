import { z } from 'zod';
import { InvalidInput } from '../schemas/invalid-input.js';

const layer = z.number().int().nonnegative();

/** Blocks a method acts on together: a list, or a named choice resolved against the model's depth. */
export const LayerChoice = z.union([z.array(layer).min(1), z.enum(['all', 'upper-half', 'upper-third'])]);
export type LayerChoice = z.infer<typeof LayerChoice>;

/** How many candidates `auto` stands for. */
export const AUTO_LAYERS = 4;

/** Candidates of a search over layers: single blocks, or lists of blocks that are steered together. */
export const LayerSearch = z.union([
  z.array(z.union([layer, z.array(layer).min(1)])).min(1),
  z.enum(['auto', 'every']),
]);
export type LayerSearch = z.infer<typeof LayerSearch>;

/**
 * Blocks a method touches, ascending.
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
 * The candidates of a search: as listed; `every` is the one candidate of all blocks together; `auto` is evenly spread
 * over 40–80 % of the depth, where mean-difference vectors are found to work best (CAA, Rimsky et al. 2023, §4.1 and
 * appendix: layers 13–15 of 32–40; Turner et al. 2023).
 * @throws InvalidInput for an index the model does not have
 */
export function searchedLayers(choice: LayerSearch, depth: number): number[][] {
  if (choice === 'every') return [Array.from({ length: depth }, (_, index) => index)];
  if (choice !== 'auto')
    return choice.map((candidate) => checked(Array.isArray(candidate) ? candidate : [candidate], depth));
  const spread = Array.from({ length: AUTO_LAYERS }, (_, k) =>
    Math.round(depth * (0.4 + (0.4 * k) / (AUTO_LAYERS - 1))),
  );
  return spread.map((block) => [Math.min(block, depth - 1)]);
}

/** How many candidates a choice stands for, whatever the model. */
export function layerTrials(choice: LayerSearch): number {
  if (choice === 'every') return 1;
  return choice === 'auto' ? AUTO_LAYERS : choice.length;
}

/** `12`, or `10 11 12` for layers steered together. */
export function layerSetting(layers: readonly number[]): number | string {
  const [first] = layers;
  return layers.length === 1 && first !== undefined ? first : layers.join(' ');
}

function checked(layers: number[], depth: number): number[] {
  const outside = layers.find((candidate) => candidate >= depth);
  if (outside !== undefined)
    throw new InvalidInput(
      `layer ${outside}: the model has ${depth} blocks; expected an index from 0 to ${depth - 1}`,
    );
  return layers;
}
