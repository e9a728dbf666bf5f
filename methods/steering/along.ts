import { z } from 'zod';
import type { EncodedItem } from '../../models/batch.js';
import { nothingSpent, plus, type Spent } from '../../models/compute-meter.js';
import { tf } from '../../models/tensorflow.js';
import type { Intervention } from '../../models/treatment.js';
import { Positions } from '../../schemas/treatment.js';
import { type ContrastPair, type Contrasts, differences } from '../contrasts.js';
import { LayerSearch, layerSetting, layerTrials, searchedLayers } from '../layers.js';
import type { Fitted, Workbench } from '../method.js';
import { Search } from '../search.js';

// C hidden channels.

/** What every method that steers along a direction lets a stage set. */
export const steeringOptions = {
  positions: Positions.default('all').describe('token positions that are steered'),
  operator: z
    .enum(['add', 'ablate', 'ablate-then-add'])
    .default('add')
    .describe('add c·v; take out the share c along v; take all of it out, then add c·v'),
  search: z
    .strictObject({
      layers: LayerSearch.default('auto').describe(
        'blocks to try; a list within the list is steered together',
      ),
      coefficients: z
        .array(z.number())
        .min(1)
        .default([0.25, 1])
        .describe(
          'multiples of the vector (CAA, Rimsky et al. 2023, steers with −2 to 2 and hundreds of examples; vectors from few are longer, and want less)',
        ),
    })
    .prefault({}),
};

export interface SteeringOptions {
  positions: Positions;
  operator: 'add' | 'ablate' | 'ablate-then-add';
  search: { layers: LayerSearch; coefficients: readonly number[] };
}

export function steeringTrials({ search }: Pick<SteeringOptions, 'search'>): number {
  return layerTrials(search.layers) * search.coefficients.length;
}

/** The vector of one block, [C], from the contrasts of the examples there. */
export type DirectionRule = (pairs: readonly ContrastPair[]) => Float32Array;

/** Steers along a direction read from contrasts; blocks and coefficient are chosen on validation. */
export function steerAlong(
  bench: Workbench,
  items: readonly EncodedItem[],
  { positions, operator, search }: SteeringOptions,
  direction: DirectionRule,
): Promise<Fitted> {
  return steerBlocks(bench, items, search, (byLayer) => {
    const vectors = new Map([...byLayer].map(([layer, pairs]) => [layer, direction(pairs)]));
    return {
      at: (layer, coefficient) =>
        interventionsAt(ofBlock(vectors, layer), { layer, coefficient, positions, operator }),
    };
  });
}

/** What steers a block with a coefficient, and what finding that out has cost beyond the contrasts. */
export interface BlockSteering {
  /** Fresh interventions, whose tensors the caller owns. */
  at: (layer: number, coefficient: number) => Intervention[];
  spent?: Spent;
}

/** The search over sets of blocks and coefficients, whatever a block is steered by. */
export async function steerBlocks(
  bench: Workbench,
  items: readonly EncodedItem[],
  { layers, coefficients }: SteeringOptions['search'],
  made: (byLayer: Contrasts['byLayer']) => BlockSteering | Promise<BlockSteering>,
): Promise<Fitted> {
  const candidates = searchedLayers(layers, bench.model.config.layers);
  bench.onProgress('contrasts', 0, items.length);
  const { byLayer, spent } = await bench.contrasts.read(items, { layers: candidates.flat() });
  const steering = await made(byLayer);
  using search = new Search(bench, { trials: candidates.length * coefficients.length });
  for (const blocks of candidates) {
    for (const coefficient of coefficients) {
      const interventions = blocks.flatMap((layer) => steering.at(layer, coefficient));
      const setting = { layer: layerSetting(blocks), coefficient };
      await search.consider(setting, { interventions, weightDeltas: [] });
    }
  }
  const contrasts = new Map([...byLayer].map(([layer, pairs]) => [layer, differences(pairs)]));
  return { ...search.result({ shared: plus(spent, steering.spent ?? nothingSpent) }), contrasts };
}

/** What was found out of a block. @throws when nothing was */
export function ofBlock<T>(found: ReadonlyMap<number, T>, layer: number): T {
  const value = found.get(layer);
  if (value === undefined) throw new Error(`nothing was read at the output of block ${layer}`);
  return value;
}

interface Place {
  layer: number;
  coefficient: number;
  positions: Positions;
  operator: SteeringOptions['operator'];
}

function interventionsAt(values: Float32Array, { operator, ...place }: Place): Intervention[] {
  const vector = tf.tensor1d(values);
  if (operator !== 'ablate-then-add') return [{ kind: operator, ...place, vector }];
  // Strength 0 leaves the model alone, as with the other operators.
  const share = place.coefficient === 0 ? 0 : 1;
  return [
    { kind: 'ablate', ...place, coefficient: share, vector },
    { kind: 'add', ...place, vector },
  ];
}

/** Mean of rows, [C]. */
export function meanOf(rows: readonly Float32Array[]): Float32Array {
  const sum = new Float64Array(rows[0]?.length ?? 0);
  for (const row of rows) for (const [c, value] of row.entries()) sum[c] = (sum[c] ?? 0) + value;
  return Float32Array.from(sum, (value) => value / rows.length);
}

/**
 * A direction of any length, made as long as the mean difference reaches along it and pointing its way. So a
 * coefficient of 1 means the same for every direction: as far as right and wrong lie apart.
 */
export function scaledToContrast(direction: Float64Array, pairs: readonly ContrastPair[]): Float32Array {
  const length = Math.hypot(...direction);
  const unit = direction.map((value) => value / length);
  const mean = meanOf(differences(pairs));
  const reach = unit.reduce((sum, value, c) => sum + value * (mean[c] ?? 0), 0);
  return Float32Array.from(unit, (value) => value * reach);
}
