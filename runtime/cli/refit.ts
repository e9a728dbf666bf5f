import { basename } from 'node:path';
import { readRecord, studyRecordName } from '../../activities/records.js';
import { stageActivity } from '../../activities/stage-activity.js';
import type { Store } from '../../artifacts/store.js';
import { InvalidInput } from '../../schemas/invalid-input.js';
import { Pipeline } from '../../schemas/pipeline.js';
import { stagesOf } from '../../schemas/pipeline-graph.js';
import { StudyRecord } from '../../schemas/stages.js';
import { computeContext } from '../compute/context.js';
import { finishedRun } from '../finished-run.js';
import { readSettings } from '../settings.js';
import { answerOf } from './report.js';

/**
 * Makes all estimates, tables and the page of a finished study anew from the results it left in the store, with the code
 * as it is now; no cell is looked for, no model opened, no server asked.
 * @throws InvalidInput when the store does not have the study
 */
export async function refit(run: string | undefined): Promise<void> {
  const settings = readSettings(process.env, process.cwd());
  const folder = finishedRun(settings, run);
  const name = basename(folder);
  const context = {
    ...(await computeContext(settings)),
    onProgress: ({ cell, phase }: { cell: string; phase: string }) =>
      void process.stderr.write(`  ${cell}  ${phase}\n`),
  };
  const { pipeline: reference } = await studyRecord(context.store, name);
  const pipeline = Pipeline.parse(
    JSON.parse(Buffer.from(await context.store.get(reference)).toString('utf8')),
  );
  for (const kind of ['fit', 'report'] as const) {
    for (const [stage] of stagesOf(pipeline, kind))
      await stageActivity(kind, { run: name, pipeline: reference, stage, group: {} }, context);
  }
  process.stdout.write(`${answerOf(folder)}\n`);
}

async function studyRecord(store: Store, run: string): Promise<StudyRecord> {
  const name = studyRecordName(run);
  if ((await store.readPointer(name)) === undefined) {
    throw new InvalidInput(
      `study "${run}": the store has no record ${name}; set CROSSOVER_STORE to the store the study was run with; its page alone is drawn anew by: crossover redraw ${run}`,
    );
  }
  return readRecord(store, name, StudyRecord);
}
