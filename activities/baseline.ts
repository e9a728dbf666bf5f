import { nothingSpent } from '../models/compute-meter.js';
import { noTreatment } from '../models/treatment.js';
import type { GroupInput, GroupResult } from '../schemas/stages.js';
import { runCells } from './cells.js';
import type { StageContext } from './context.js';
import { openGroup } from './group-work.js';

/** The untreated model: budget 0. It draws nothing from the seed, so one cell serves all seeds. */
export async function baseline(input: GroupInput, context: StageContext): Promise<GroupResult> {
  const work = await openGroup('baseline', input, context);
  return runCells(
    { ...work, seed: 0 },
    {
      kind: 'baseline',
      method: 'baseline',
      code: 'baseline 1',
      parameters: {},
      budgets: [0],
      fit: async () => ({
        treatment: noTreatment,
        trials: [],
        flops: { method: nothingSpent, search: nothingSpent },
        trainableParameters: 0,
      }),
    },
    context,
  );
}
