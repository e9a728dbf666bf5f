import { contentKey } from '../artifacts/canonical-json.js';
import type { MethodStage } from '../schemas/pipeline.js';
import type { GroupInput, GroupResult } from '../schemas/stages.js';
import { runCells } from './cells.js';
import type { StageContext } from './context.js';
import { groupContrasts } from './group-contrasts.js';
import { openGroup } from './group-work.js';
import { methodOf } from './methods.js';
import { workbench } from './workbench.js';

/** One method on all budgets of a group. */
export async function treat(
  kind: MethodStage['stage'],
  input: GroupInput,
  context: StageContext,
): Promise<GroupResult> {
  const work = await openGroup(kind, input, context);
  const { method, options } = methodOf(work.stage);
  const contrasts = groupContrasts(work);
  return runCells(
    work,
    {
      kind,
      method: method.name,
      code: `${method.name} ${method.version}`,
      parameters: options,
      budgets: work.budgets,
      // Of a combination it is among the facts of the part.
      ...(method.readsUnrelated && { inputs: () => ({ unrelated: contentKey(work.unrelated) }) }),
      fit: (n, onProgress) =>
        method.fit(workbench(work, { contrasts, onProgress }), work.train.slice(0, n), options),
    },
    context,
  );
}
