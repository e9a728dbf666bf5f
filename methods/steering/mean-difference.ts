import { z } from 'zod';
import { differences } from '../contrasts.js';
import { defineMethod } from '../method.js';
import { meanOf, steerAlong, steeringOptions, steeringTrials } from './along.js';

/** The mean over the examples of (activation of the right option − mean activation of the wrong ones). */
export const meanDifference = defineMethod({
  name: 'mean-difference',
  kind: 'steer',
  form: 'vector',
  summary: 'a vector: the mean difference of activations between right and wrong options',
  source: 'CAA, Rimsky et al. 2023 (arXiv 2312.06681), eq. 1',
  version: 3,
  options: z.strictObject(steeringOptions),
  trials: steeringTrials,
  fit: (bench, items, options) => steerAlong(bench, items, options, (pairs) => meanOf(differences(pairs))),
});
