import { z } from 'zod';
import { disposeTreatment } from '../../models/treatment.js';
import { defineMethod } from '../method.js';
import { notSteeringAndTuning, on, partOf, readUnder, union } from './parts.js';

export const vectorOption = z
  .enum(['base', 'tuned'])
  .default('tuned')
  .describe('model whose activations a training-free vector is read from');

/** Fine-tune, then steer the tuned model with the same examples: its layer and coefficient are searched anew. */
export const finetuneThenSteer = defineMethod({
  name: 'finetune-then-steer',
  kind: 'combine',
  summary: 'fine-tune, then steer the tuned model with the same examples',
  source: 'CAA, Rimsky et al. 2023, §6 and table 10 (vector of the base model); re-extraction is ours',
  version: 2,
  options: z.strictObject({ vector: vectorOption }),
  trials: () => 0,
  refuses: notSteeringAndTuning,
  async fit(bench, items, { vector }) {
    const tuned = await partOf(bench, 'finetune').finished();
    const steer = partOf(bench, 'steer');
    try {
      const contrasts = vector === 'tuned' ? readUnder(bench, tuned.treatment) : bench.contrasts;
      const steered = await steer.method.fit(
        { ...on(bench, tuned.treatment), contrasts },
        items,
        steer.options,
      );
      return union(tuned, steered);
    } catch (error) {
      disposeTreatment(tuned.treatment);
      throw error;
    }
  },
});
