import { z } from 'zod';
import type { EncodedItem } from '../../models/batch.js';
import { computeMeter, type Spent, spentBy } from '../../models/compute-meter.js';
import { meanDirections } from '../../models/scoring.js';
import { tf } from '../../models/tensorflow.js';
import type { Intervention } from '../../models/treatment.js';
import { differences } from '../contrasts.js';
import { defineMethod, Unfit, type Workbench } from '../method.js';
import { meanOf, ofBlock, steerBlocks, steeringOptions, steeringTrials } from './along.js';

/** A mean-difference vector that acts only where the text looks like the task. */
export const conditional = defineMethod({
  name: 'conditional',
  kind: 'steer',
  form: 'gated vector',
  summary: 'a mean-difference vector that acts only where the text looks like the task',
  source:
    'CAST, Lee et al. 2024 (arXiv 2409.05907), §3; the condition is decided at every token, from the text so far',
  version: 2,
  readsUnrelated: true,
  options: z.strictObject({ positions: steeringOptions.positions, search: steeringOptions.search }),
  trials: steeringTrials,
  fit: (bench, items, { positions, search }) =>
    steerBlocks(bench, items, search, async (byLayer) => {
      const vectors = new Map([...byLayer].map(([layer, pairs]) => [layer, meanOf(differences(pairs))]));
      const { conditions, spent } = await readConditions(bench, items, [...byLayer.keys()]);
      const at = (layer: number, coefficient: number): Intervention[] => {
        const { condition, center, threshold } = ofBlock(conditions, layer);
        const tensors = {
          vector: tf.tensor1d(ofBlock(vectors, layer)),
          condition: tf.tensor1d(condition),
          center: tf.tensor1d(center),
        };
        return [{ kind: 'gated-add', layer, coefficient, positions, threshold, ...tensors }];
      };
      return { at, spent };
    }),
});

/** What tells the task's text from other text: a direction, the place to look from, and how close is close. */
interface Condition {
  condition: Float32Array;
  center: Float32Array;
  threshold: number;
}

async function readConditions(
  { model, unrelated, prefixes }: Workbench,
  items: readonly EncodedItem[],
  layers: readonly number[],
): Promise<{ conditions: Map<number, Condition>; spent: Spent }> {
  if (unrelated.length === 0)
    throw new Unfit(
      'a condition needs unrelated text to be told from; the baseline stage names none that is long enough',
    );
  const meter = computeMeter();
  const own = items.map(({ promptIds, optionIds }) => [...promptIds, ...(optionIds[0] ?? []).slice(0, 1)]);
  // As long as the prompts, so that length does not tell them apart.
  const other = unrelated.map((window, index) =>
    window.slice(0, Math.max(2, own[index % own.length]?.length ?? 2)),
  );
  const means = await meanDirections(model, [...own, ...other], { layers, prefixes, meter });
  const conditions = new Map(
    [...means].map(([layer, rows]) => [
      layer,
      conditionBetween(rows.slice(0, own.length), rows.slice(own.length)),
    ]),
  );
  return { conditions, spent: spentBy(meter) };
}

/** The direction between the groups' means, seen from their middle, and the threshold that errs least on both. */
export function conditionBetween(own: readonly Float32Array[], other: readonly Float32Array[]): Condition {
  const [mine, theirs] = [meanOf(own), meanOf(other)];
  const condition = mine.map((value, c) => value - (theirs[c] ?? 0));
  const center = mine.map((value, c) => (value + (theirs[c] ?? 0)) / 2);
  const cosines = (rows: readonly Float32Array[]) => rows.map((row) => cosineFrom(row, condition, center));
  return { condition, center, threshold: bestThreshold(cosines(own), cosines(other)) };
}

/** Midway between neighbouring values where the balanced error is least; the lowest of equals, for the task's sake. */
export function bestThreshold(own: readonly number[], other: readonly number[]): number {
  const values = [...own, ...other].sort((a, b) => a - b);
  const middles = values.slice(1).map((value, i) => (value + (values[i] ?? value)) / 2);
  const error = (threshold: number) =>
    own.filter((value) => value < threshold).length / own.length +
    other.filter((value) => value >= threshold).length / other.length;
  return middles.reduce((best, middle) => (error(middle) < error(best) ? middle : best), values[0] ?? 0);
}

function cosineFrom(row: Float32Array, condition: Float32Array, center: Float32Array): number {
  let [along, length] = [0, 0];
  for (const [c, value] of row.entries()) {
    const moved = value - (center[c] ?? 0);
    along += moved * (condition[c] ?? 0);
    length += moved * moved;
  }
  return along / (Math.sqrt(length) * Math.hypot(...condition) || 1);
}
