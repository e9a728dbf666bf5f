import { z } from 'zod';
import { normal } from '../../models/normal.js';
import { differences } from '../contrasts.js';
import { defineMethod } from '../method.js';
import { meanOf, steerAlong, steeringOptions, steeringTrials } from './along.js';

/** A random direction, as long as the mean difference is: what any push of that size does, whatever the examples say. */
export const randomDirection = defineMethod({
  name: 'random-direction',
  kind: 'steer',
  form: 'vector',
  summary: 'control: a random vector as long as the mean difference',
  control: true,
  source:
    'Turner et al. 2023 (arXiv 2308.10248), §4, who steer with random vectors of equal length for comparison',
  version: 2,
  options: z.strictObject(steeringOptions),
  trials: steeringTrials,
  fit(bench, items, options) {
    const draw = bench.random('direction');
    return steerAlong(bench, items, options, (pairs) => {
      const length = Math.hypot(...meanOf(differences(pairs)));
      const drawn = Float64Array.from(pairs[0]?.right ?? [], () => normal(draw));
      const scale = length / Math.hypot(...drawn);
      return Float32Array.from(drawn, (value) => value * scale);
    });
  },
});
