import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { z } from 'zod';
import { type ContrastPair, differences } from '../contrasts.js';
import { defineMethod, Unfit } from '../method.js';
import { meanOf, scaledToContrast, steerAlong, steeringOptions, steeringTrials } from './along.js';

/** The first principal component of the differences, made as long as their mean reaches along it. */
export const principalComponent = defineMethod({
  name: 'pca',
  kind: 'steer',
  form: 'vector',
  summary: 'a vector: the first principal component of the differences of activations',
  source: 'RepE, Zou et al. 2023 (arXiv 2310.01405), §3.1; centrings as in repeng’s pca_center and pca_diff',
  version: 2,
  options: z.strictObject({
    ...steeringOptions,
    centring: z
      .enum(['pair', 'mean'])
      .default('pair')
      .describe(
        'pair: both activations of a pair less their midpoint; mean: differences less their mean (needs two examples)',
      ),
  }),
  trials: steeringTrials,
  fit: (bench, items, options) =>
    steerAlong(bench, items, options, (pairs) => firstComponent(pairs, options.centring)),
});

/** @throws Unfit when the rows do not vary */
export function firstComponent(pairs: readonly ContrastPair[], centring: 'pair' | 'mean'): Float32Array {
  const rows = differences(pairs);
  // Less its midpoint a pair is ±half its difference: the rows' own scatter about zero.
  const center = centring === 'mean' ? meanOf(rows) : new Float32Array(rows[0]?.length ?? 0);
  const centred = new Matrix(rows.map((row) => Array.from(row, (value, c) => value - (center[c] ?? 0))));
  // With fewer examples than channels the small Gram matrix has the same spectrum as the covariance.
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    centred.mmul(centred.transpose()),
    {
      assumeSymmetric: true,
    },
  );
  const largest = realEigenvalues.indexOf(Math.max(...realEigenvalues));
  if (!((realEigenvalues[largest] ?? 0) > 0))
    throw new Unfit(
      `${pairs.length} example(s) have no principal component about their mean; expected at least two`,
    );
  const weights = eigenvectorMatrix.getColumnVector(largest);
  const component = Float64Array.from(centred.transpose().mmul(weights).to1DArray());
  return scaledToContrast(component, pairs);
}
