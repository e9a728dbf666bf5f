import { z } from 'zod';
import { defineMethod } from '../method.js';
import { notSteeringAndTuning, partOf, steerUpon, trialsOfParts, VectorSource } from './parts.js';

/** Fine-tune, then steer the tuned model with the same examples: its layer and coefficient are searched anew. */
export const finetuneThenSteer = defineMethod({
  name: 'finetune-then-steer',
  kind: 'combine',
  summary: 'fine-tune, then steer the tuned model with the same examples',
  source: 'CAA, Rimsky et al. 2023, §6 and table 10 (vector of the base model); re-extraction is ours',
  version: 4,
  options: z.strictObject({ vector: VectorSource }),
  trials: trialsOfParts,
  refuses: notSteeringAndTuning,
  async fit(bench, items, { vector }) {
    return steerUpon(bench, await partOf(bench, 'finetune').finished(), { items, vector });
  },
});
