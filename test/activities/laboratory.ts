import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { StageContext } from '../../activities/context.js';
import { putJson, readGroup } from '../../activities/records.js';
import { stageActivity } from '../../activities/stage-activity.js';
import { computeContext } from '../../runtime/compute/context.js';
import { readPipelineFile } from '../../runtime/pipelines.js';
import { readSettings } from '../../runtime/settings.js';
import type { StageKind } from '../../schemas/pipeline.js';
import type { GroupInput, GroupRecord, GroupResult } from '../../schemas/stages.js';
import { studyFolder } from '../runtime/study-folder.js';

export interface Laboratory {
  path: string;
  context: StageContext;
  /** How often the model was opened. */
  opened: () => number;
  inputOf: (stage: string) => GroupInput;
  run: (kind: StageKind, stage: string) => Promise<GroupResult>;
  record: (stage: string) => Promise<GroupRecord>;
}

/** A working folder with a model, a task whose items are drawn, a text and a store; `stages` come beside those of the folder's study. */
export async function laboratory({
  budgets = [2],
  stages = {},
}: {
  budgets?: number[];
  stages?: Record<string, object>;
} = {}): Promise<Laboratory> {
  const folder = await studyFolder({ seeds: 1, budgets, steps: 2 }, (study) => {
    const { laws, ...others } = study.stages;
    const fitted = { ...laws, of: ['baseline', 'vector', 'lora', 'both', ...Object.keys(stages)] };
    return { ...study, stages: { ...others, ...stages, laws: fitted } };
  });
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const settings = readSettings(folder.environment, folder.path);
  let opened = 0;
  const own = await computeContext(settings, folder.path);
  const context: StageContext = {
    ...own,
    loadModel(...request) {
      opened += 1;
      return own.loadModel(...request);
    },
    onProgress: () => undefined,
  };
  const model = join(folder.path, 'model');
  const pipeline = { ...readPipelineFile(folder.pipeline), models: [model] };
  const place = { run: 'known', pipeline: await putJson(context.store, pipeline) };
  const drawn = { task: './letters.yaml', seed: 0 };
  await stageActivity('sample', { ...place, stage: 'sample', group: drawn }, context);
  const inputOf = (stage: string): GroupInput => ({ ...place, stage, group: { model, ...drawn } });
  return {
    path: folder.path,
    context,
    opened: () => opened,
    inputOf,
    run: (kind, stage) => stageActivity(kind, inputOf(stage), context),
    record: (stage) => readGroup(context.store, 'known', stage, inputOf(stage).group),
  };
}
