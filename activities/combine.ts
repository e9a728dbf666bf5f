import type { Fitted, Part, Workbench } from '../methods/method.js';
import { NonFinite } from '../models/non-finite.js';
import { treatmentFromSafetensors } from '../models/treatment-file.js';
import type { GroupCell, GroupInput, GroupRecord, GroupResult } from '../schemas/stages.js';
import { runCells } from './cells.js';
import type { StageContext } from './context.js';
import { groupContrasts } from './group-contrasts.js';
import { type GroupWork, openGroup } from './group-work.js';
import { methodOf } from './methods.js';
import { readGroup } from './records.js';
import { workbench } from './workbench.js';

/** Two methods on the same examples, as the order says. */
export async function combine(input: GroupInput, context: StageContext): Promise<GroupResult> {
  const work = await openGroup('combine', input, context);
  const { method, options } = methodOf(work.stage);
  const contrasts = groupContrasts(work);
  const records = await Promise.all(
    work.stage.of.map((stage) => readGroup(context.store, input.run, stage, input.group)),
  );
  return runCells(
    work,
    {
      kind: 'combine',
      method: `${method.name}(${records.map((record) => record.method).join(', ')})`,
      code: `${method.name} ${method.version}`,
      parameters: {
        ...options,
        parts: work.stage.of.map((stage) => ({ ...work.pipeline.stages[stage], data: undefined })),
      },
      budgets: work.budgets,
      inputs: (n) =>
        Object.fromEntries(records.map((record, index) => [`part ${index}`, cellOf(record, n).key])),
      fit(n, onProgress) {
        const bench = workbench(work, { contrasts, onProgress });
        const items = work.train.slice(0, n);
        const parts = records.map((record) => partOf(work, cellOf(record, n), { record, context, bench }));
        return method.fit({ ...bench, parts }, items, options);
      },
    },
    context,
  );
}

function cellOf({ cells, stage }: GroupRecord, n: number): GroupCell {
  const cell = cells.find((candidate) => candidate.n === n);
  if (cell === undefined) throw new Error(`stage "${stage}" has no cell for budget ${n}`);
  return cell;
}

interface PartPlace {
  record: GroupRecord;
  context: StageContext;
  bench: Workbench;
}

function partOf(work: GroupWork, cell: GroupCell, { record, context, bench }: PartPlace): Part {
  const stage = work.pipeline.stages[record.stage];
  if (stage === undefined) throw new Error(`no stage "${record.stage}" in the pipeline`);
  const { method, options } = methodOf(stage);
  return {
    method,
    options,
    // A treatment too large to be stored is made again: the same seed gives the same one.
    finished: async () =>
      (await storedPart(work, cell, context)) ?? method.fit(bench, work.train.slice(0, cell.n), options),
  };
}

/** A finished cell as a part: its treatment and its whole cost, search included; undefined when it was not stored. */
async function storedPart(
  { modelName }: GroupWork,
  { manifest, n }: GroupCell,
  { store }: StageContext,
): Promise<Fitted | undefined> {
  if (manifest.status === 'failed') throw new NonFinite(`its part at N=${n} failed: ${manifest.reason}`);
  if (manifest.treatment === null) return undefined;
  const { cost, trials } = manifest;
  return {
    treatment: treatmentFromSafetensors(await store.get(manifest.treatment), `${modelName}, N=${n}`),
    trials,
    flops: {
      method: { flops: cost.flopsMethod, backward: cost.flopsMethodBackward },
      search: { flops: cost.flopsSearch, backward: cost.flopsSearchBackward },
    },
    trainableParameters: cost.trainableParameters,
  };
}
