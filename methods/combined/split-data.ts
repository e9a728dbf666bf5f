import { z } from 'zod';
import { defineMethod, Unfit } from '../method.js';
import { notSteeringAndTuning, partOf, steerUpon, trialsOfParts, VectorSource } from './parts.js';

/** The control of finetune-then-steer: one half of the examples fine-tunes, the other half steers. */
export const splitData = defineMethod({
  name: 'split-data',
  kind: 'combine',
  control: true,
  summary: 'control: fine-tune with one half of the examples, steer with the other',
  source: 'ours: what finetune-then-steer gains from two methods, and what from using the data twice',
  version: 3,
  options: z.strictObject({ vector: VectorSource }),
  trials: trialsOfParts,
  refuses: notSteeringAndTuning,
  async fit(bench, items, { vector }) {
    if (items.length < 2) throw new Unfit(`${items.length} example cannot be split; expected at least two`);
    const half = Math.ceil(items.length / 2);
    const { method, options } = partOf(bench, 'finetune');
    const tuned = await method.fit({ ...bench, parts: [] }, items.slice(0, half), options);
    return steerUpon(bench, tuned, { items: items.slice(half), vector });
  },
});
