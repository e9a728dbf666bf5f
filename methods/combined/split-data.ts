import { z } from 'zod';
import { disposeTreatment } from '../../models/treatment.js';
import { defineMethod, Unfit } from '../method.js';
import { vectorOption } from './finetune-then-steer.js';
import { notSteeringAndTuning, on, partOf, readUnder, union } from './parts.js';

/** The control of finetune-then-steer: one half of the examples fine-tunes, the other half steers. */
export const splitData = defineMethod({
  name: 'split-data',
  kind: 'combine',
  control: true,
  summary: 'control: fine-tune with one half of the examples, steer with the other',
  source: 'ours: what finetune-then-steer gains from two methods, and what from using the data twice',
  version: 1,
  options: z.strictObject({ vector: vectorOption }),
  trials: () => 0,
  refuses: notSteeringAndTuning,
  async fit(bench, items, { vector }) {
    if (items.length < 2) throw new Unfit(`${items.length} example cannot be split; expected at least two`);
    const half = Math.ceil(items.length / 2);
    const [finetune, steer] = [partOf(bench, 'finetune'), partOf(bench, 'steer')];
    const tuned = await finetune.method.fit({ ...bench, parts: [] }, items.slice(0, half), finetune.options);
    try {
      const contrasts = vector === 'tuned' ? readUnder(bench, tuned.treatment) : bench.contrasts;
      const upon = { ...on(bench, tuned.treatment), contrasts };
      return union(tuned, await steer.method.fit(upon, items.slice(half), steer.options));
    } catch (error) {
      disposeTreatment(tuned.treatment);
      throw error;
    }
  },
});
