import { searchedLayers } from '../methods/layers.js';
import type { Workbench } from '../methods/method.js';
import { type Contrasts, readContrasts, steerByMeanDifference } from '../methods/steering/mean-difference.js';
import type { GroupInput, GroupResult } from '../schemas/stages.js';
import { runCells } from './cells.js';
import type { StageContext } from './context.js';
import { openGroup } from './group-work.js';
import { workbench } from './workbench.js';

/** Mean-difference vectors for all budgets of a group: the contrasts of the largest serve the others. */
export async function steer(input: GroupInput, context: StageContext): Promise<GroupResult> {
  const work = await openGroup('steer', input, context);
  const { method, positions, search } = work.stage;
  const layers = searchedLayers(search.layers, work.model.config.layers);
  let contrasts: Promise<Contrasts> | undefined;
  const readOnce = (bench: Workbench) => {
    contrasts ??= readContrasts(bench, work.train, { layers });
    return contrasts;
  };
  return runCells(
    work,
    {
      kind: 'steer',
      method,
      code: 'mean-difference 1',
      parameters: { method, positions, search: { layers, coefficients: search.coefficients } },
      budgets: work.budgets,
      async fit(n, progress) {
        const bench = workbench(work, progress);
        return steerByMeanDifference(bench, await readOnce(bench), {
          n,
          coefficients: search.coefficients,
          positions,
        });
      },
    },
    context,
  );
}
