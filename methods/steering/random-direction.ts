import { z } from 'zod';
import { differences } from '../contrasts.js';
import { defineMethod } from '../method.js';
import { meanOf, steerAlong, steeringOptions, steeringTrials } from './along.js';

/** A random direction, as long as the mean difference is: what any push of that size does, whatever the examples say. */
export const randomDirection = defineMethod({
  name: 'random-direction',
  kind: 'steer',
  summary: 'control: a random vector as long as the mean difference',
  control: true,
  source:
    'Turner et al. 2023 (arXiv 2308.10248), §4, who steer with random vectors of equal length for comparison',
  version: 1,
  options: z.strictObject(steeringOptions),
  trials: steeringTrials,
  fit(bench, items, options) {
    const draw = bench.random('direction');
    return steerAlong(bench, items, options, (pairs) => {
      const length = Math.hypot(...meanOf(differences(pairs)));
      const normal = Float64Array.from(pairs[0]?.right ?? [], () => gaussian(draw));
      const scale = length / Math.hypot(...normal);
      return Float32Array.from(normal, (value) => value * scale);
    });
  },
});

/** A standard normal number (Box and Muller 1958). */
function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
