import type { EncodedItem } from '../../models/batch.js';
import { type ComputeMeter, computeMeter, totalFlops } from '../../models/compute-meter.js';
import { optionActivations } from '../../models/scoring.js';
import { tf } from '../../models/tensorflow.js';
import {
  compose,
  disposeTreatment,
  type Intervention,
  noTreatment,
  type Treatment,
} from '../../models/treatment.js';
import type { Positions } from '../../schemas/treatment.js';
import type { Fitted, Workbench } from '../method.js';
import { type Candidate, choose, judgeOnValidation, trialRows } from '../search.js';

/**
 * Contrasts of the training items, per layer: for each item the residual stream at the last token of the right option
 * minus its mean over the wrong ones, [C] each. One pass serves every budget: the first n are budget n's.
 */
export interface Contrasts {
  byLayer: ReadonlyMap<number, readonly Float32Array[]>;
  /** Tokens of each item, by which the pass is charged to budgets. */
  tokens: readonly number[];
  meter: ComputeMeter;
}

export interface ContrastOptions {
  layers: readonly number[];
  /** Activations are read from the model under this treatment. */
  treatment?: Treatment;
}

/** Reads the contrasts of all items in one pass (CAA, Rimsky et al. 2023, eq. 1, before the mean). */
export async function readContrasts(
  { model, prefixes, onProgress }: Workbench,
  items: readonly EncodedItem[],
  { layers, treatment = noTreatment }: ContrastOptions,
): Promise<Contrasts> {
  const meter = computeMeter();
  onProgress('contrasts', 0, items.length);
  const activations = await optionActivations(model, items, {
    layers: [...layers],
    treatment,
    prefixes,
    meter,
  });
  const byLayer = new Map(
    [...activations].map(([layer, rows]) => [
      layer,
      rows.map((options, index) => contrast(options, items[index]?.label ?? 0)),
    ]),
  );
  return { byLayer, tokens: items.map(tokenCount), meter };
}

/** Mean of the first `n` contrasts of a layer, [C]. */
export function meanDifference(contrasts: Contrasts, layer: number, n: number): Float32Array {
  const rows = contrasts.byLayer.get(layer)?.slice(0, n) ?? [];
  const [first] = rows;
  if (first === undefined || rows.length < n)
    throw new Error(`layer ${layer}: found ${rows.length} contrasts, expected at least ${n}`);
  const sum = new Float64Array(first.length);
  for (const row of rows) for (const [c, value] of row.entries()) sum[c] = (sum[c] ?? 0) + value;
  return Float32Array.from(sum, (value) => value / n);
}

export interface MeanDifferenceOptions {
  n: number;
  coefficients: readonly number[];
  positions: Positions;
  /** Applied along with the vector, e.g. an adapter; it stays the caller's. */
  on?: Treatment;
}

/**
 * Steering by a mean-difference vector: layer and coefficient are chosen on validation.
 * The returned treatment holds the vector alone, not `on`.
 */
export async function steerByMeanDifference(
  bench: Workbench,
  contrasts: Contrasts,
  { n, coefficients, positions, on = noTreatment }: MeanDifferenceOptions,
): Promise<Fitted> {
  const search = computeMeter();
  const candidates: Candidate<Intervention>[] = [];
  const total = contrasts.byLayer.size * coefficients.length;
  for (const layer of contrasts.byLayer.keys()) {
    const mean = meanDifference(contrasts, layer, n);
    for (const coefficient of coefficients) {
      bench.onProgress('search', candidates.length, total);
      const vector = tf.tensor1d(mean);
      const value: Intervention = { kind: 'add', layer, coefficient, positions, vector };
      const judged = await judgeOnValidation(
        bench,
        compose(on, { interventions: [value], weightDeltas: [] }),
        search,
      );
      candidates.push({ setting: { layer, coefficient }, ...judged, value });
    }
  }
  const chosen = choose(candidates);
  for (const candidate of candidates)
    if (candidate !== chosen) disposeTreatment({ interventions: [candidate.value], weightDeltas: [] });
  return {
    treatment: { interventions: [chosen.value], weightDeltas: [] },
    trials: trialRows(candidates, chosen),
    flops: { method: shareOf(contrasts, n), search: totalFlops(search) },
    trainableParameters: 0,
    contrasts: new Map([...contrasts.byLayer].map(([layer, rows]) => [layer, rows.slice(0, n)])),
  };
}

function contrast(options: readonly Float32Array[], label: number): Float32Array {
  const right = options[label];
  const wrong = options.filter((_, index) => index !== label);
  if (right === undefined || wrong.length === 0)
    throw new Error(`label ${label} of ${options.length} options leaves no contrast`);
  return right.map(
    (value, c) => value - wrong.reduce((sum, option) => sum + (option[c] ?? 0), 0) / wrong.length,
  );
}

/** The pass over all items, charged to the first n of them by their tokens. */
function shareOf({ tokens, meter }: Contrasts, n: number): number {
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  return (totalFlops(meter) * sum(tokens.slice(0, n))) / sum(tokens);
}

function tokenCount({ promptIds, optionIds }: EncodedItem): number {
  return optionIds.reduce((count, ids) => count + ids.length, promptIds.length);
}
