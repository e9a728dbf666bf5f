import { fineTuneByLora } from '../methods/finetuning/lora.js';
import { chosenLayers } from '../methods/layers.js';
import type { GroupInput, GroupResult } from '../schemas/stages.js';
import { runCells } from './cells.js';
import type { StageContext } from './context.js';
import { openGroup } from './group-work.js';
import { workbench } from './workbench.js';

/** LoRA adapters for all budgets of a group. */
export async function finetune(input: GroupInput, context: StageContext): Promise<GroupResult> {
  const work = await openGroup('finetune', input, context);
  const { stage: _, data: __, ...parameters } = work.stage;
  const layers = chosenLayers(work.stage.layers, work.model.config.layers);
  return runCells(
    work,
    {
      kind: 'finetune',
      method: work.stage.method,
      code: 'lora 1',
      parameters: { ...parameters, layers },
      budgets: work.budgets,
      fit: (n, progress) =>
        fineTuneByLora(workbench(work, progress), work.train.slice(0, n), { ...work.stage, layers }),
    },
    context,
  );
}
