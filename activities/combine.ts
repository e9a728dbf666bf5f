import type { Store } from '../artifacts/store.js';
import { steerTuned } from '../methods/combined/finetune-then-steer.js';
import { searchedLayers } from '../methods/layers.js';
import type { Fitted } from '../methods/method.js';
import { NonFinite } from '../models/non-finite.js';
import { treatmentFromSafetensors } from '../models/treatment.js';
import type { Pipeline, StageOf } from '../schemas/pipeline.js';
import type { GroupCell, GroupInput, GroupResult } from '../schemas/stages.js';
import { runCells } from './cells.js';
import type { StageContext } from './context.js';
import { type GroupWork, openGroup } from './group-work.js';
import { readGroup } from './records.js';
import { workbench } from './workbench.js';

/** Fine-tune, then steer the tuned model with the same examples: the union of two treatments. */
export async function combine(input: GroupInput, context: StageContext): Promise<GroupResult> {
  const work = await openGroup('combine', input, context);
  const { steerStage, finetuneName } = partsOf(work.pipeline, work.stage);
  const tuned = await readGroup(context.store, input.run, finetuneName, input.group);
  const tunedCell = (n: number) => cellOf(tuned.cells, n, finetuneName);
  const { positions, search } = steerStage;
  const layers = searchedLayers(search.layers, work.model.config.layers);
  const { order, vector } = work.stage;
  return runCells(
    work,
    {
      kind: 'combine',
      method: `${tuned.method}+${steerStage.method}`,
      code: 'finetune-then-steer 1',
      parameters: { order, vector, positions, search: { layers, coefficients: search.coefficients } },
      budgets: work.budgets,
      inputs: (n) => ({ tuned: tunedCell(n).key }),
      async fit(n, progress) {
        const adapter = await tunedPart(work, context.store, tunedCell(n));
        return steerTuned(workbench(work, progress), work.train.slice(0, n), {
          adapter,
          vector,
          layers,
          positions,
          coefficients: search.coefficients,
        });
      },
    },
    context,
  );
}

function partsOf(
  pipeline: Pipeline,
  { of }: StageOf<'combine'>,
): { steerStage: StageOf<'steer'>; finetuneName: string } {
  let steerStage: StageOf<'steer'> | undefined;
  let finetuneName: string | undefined;
  for (const name of of) {
    const part = pipeline.stages[name];
    if (part?.stage === 'steer') steerStage = part;
    if (part?.stage === 'finetune') finetuneName = name;
  }
  if (steerStage === undefined || finetuneName === undefined)
    throw new Error(`"${of.join('", "')}": expected a finetune and a steer stage`);
  return { steerStage, finetuneName };
}

function cellOf(cells: readonly GroupCell[], n: number, stage: string): GroupCell {
  const cell = cells.find((candidate) => candidate.n === n);
  if (cell === undefined) throw new Error(`stage "${stage}" has no cell for budget ${n}`);
  return cell;
}

/** The finished fine-tuning cell as a part: its adapter and its whole cost, search included. */
async function tunedPart({ model }: GroupWork, store: Store, { manifest, n }: GroupCell): Promise<Fitted> {
  if (manifest.treatment === null)
    throw new NonFinite(`its fine-tuning part at N=${n} failed: ${manifest.reason}`);
  const { cost, trials } = manifest;
  return {
    treatment: treatmentFromSafetensors(await store.get(manifest.treatment), `${model.name}, N=${n}`),
    trials,
    flops: { method: cost.flopsMethod, search: cost.flopsSearch },
    trainableParameters: cost.trainableParameters,
  };
}
