import { z } from 'zod';
import { disposeTreatment, noTreatment } from '../../models/treatment.js';
import { defineMethod } from '../method.js';
import { notSteeringAndTuning, ofPart, on, partOf, trialsOfParts, union } from './parts.js';

/** Steer, then fine-tune with the vector on; at test the vector is kept, or removed. */
export const steerThenFinetune = defineMethod({
  name: 'steer-then-finetune',
  kind: 'combine',
  summary: 'steer, then fine-tune with the vector on; it is kept, or removed at test',
  source: 'preventative steering, Chen et al. 2025 (arXiv 2507.21509), §5, where the vector is removed',
  version: 2,
  options: z.strictObject({ at_test: z.enum(['kept', 'removed']).default('kept') }),
  trials: trialsOfParts,
  refuses: notSteeringAndTuning,
  async fit(bench, items, { at_test: atTest }) {
    const steered = await partOf(bench, 'steer').finished();
    const { method, options } = partOf(bench, 'finetune');
    try {
      const judged = atTest === 'kept' ? 'with' : 'alone';
      const tuned = await method.fit({ ...on(bench, steered.treatment), judged }, items, options);
      const [first, second] = [ofPart('steer', steered), ofPart('finetune', tuned)];
      if (atTest === 'kept') return union(first, second);
      disposeTreatment(steered.treatment);
      return union({ ...first, treatment: noTreatment, trainableParameters: 0 }, second);
    } catch (error) {
      disposeTreatment(steered.treatment);
      throw error;
    }
  },
});
