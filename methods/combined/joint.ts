import { z } from 'zod';
import { compose } from '../../models/treatment.js';
import { defineMethod, type Method, type PartChoice } from '../method.js';
import { type Trainable, trainFrom, trainingOptions, trainingSearch } from '../training.js';
import { notSteeringAndTuning, partOf } from './parts.js';

/** Vector and weights are trained together, by one optimiser, from both parts' starts. */
export const joint = defineMethod({
  name: 'joint',
  kind: 'combine',
  summary: 'train the vector and the weights together',
  source: 'as pyreft trains ReFT and LoRA together (stanfordnlp/pyreft, pull request 94)',
  version: 1,
  options: z.strictObject({
    ...trainingOptions,
    search: z
      .strictObject(trainingSearch([1e-3, 5e-3], 'LoRA’s rate and one nearer to a vector’s'))
      .prefault({}),
  }),
  trials: ({ search }, parts = []) =>
    startsOf(parts) * search.learning_rates.length * search.checkpoints.length,
  refuses: (parts: readonly Method[]) =>
    notSteeringAndTuning(parts) ??
    parts
      .filter(({ starts, steps }) => starts === undefined || steps !== undefined)
      .map(({ name }) => `"${name}" is not trained on the right options; expected two methods that are`)[0],
  async fit(bench, items, options) {
    const alone = { ...bench, parts: [] };
    const [vectors, weights] = (['steer', 'finetune'] as const).map((kind) => {
      const { method, options: own } = partOf(bench, kind);
      return method.starts?.(alone, own) ?? [];
    });
    const starts = (vectors ?? []).flatMap((one) => (weights ?? []).map((other) => together(one, other)));
    return trainFrom(bench, items, { ...options, starts });
  },
});

/** Every start of one part is trained with every start of the other. */
function startsOf(parts: readonly PartChoice[]): number {
  return parts.reduce((count, { method, options }) => count * (method.startCount?.(options) ?? 1), 1);
}

function together(one: Trainable, other: Trainable): Trainable {
  return {
    setting: { ...one.setting, ...other.setting },
    fresh: () => compose(one.fresh(), other.fresh()),
    constrain(treatment) {
      one.constrain?.(treatment);
      other.constrain?.(treatment);
    },
  };
}
