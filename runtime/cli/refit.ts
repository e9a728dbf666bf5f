import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { StageContext } from '../../activities/context.js';
import { readRecord, studyRecordName } from '../../activities/records.js';
import { refitTables } from '../../activities/refit.js';
import { stageActivity } from '../../activities/stage-activity.js';
import { loadClaims } from '../../evaluation/claims/load-claims.js';
import { InvalidInput } from '../../schemas/invalid-input.js';
import { Pipeline } from '../../schemas/pipeline.js';
import { stagesOf } from '../../schemas/pipeline-graph.js';
import { StudyRecord } from '../../schemas/stages.js';
import { computeContext } from '../compute/context.js';
import { finishedRun } from '../finished-run.js';
import { buildDigest, packageRoot, packageVersion } from '../package-root.js';
import { readSettings } from '../settings.js';
import { answerOf } from './report.js';

/**
 * Makes all estimates, tables and the page of a finished study anew, with the code as it is now: from the results it left in
 * the store or, where the store does not have the study, from its published ones. No cell is looked for, no model opened, no
 * server asked.
 * @throws InvalidInput when neither has the results
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
  if ((await context.store.readPointer(studyRecordName(name))) === undefined) await refitPublished(folder);
  else await refitStored(name, context);
  process.stdout.write(`${answerOf(folder)}\n`);
}

async function refitStored(run: string, context: StageContext): Promise<void> {
  const { pipeline: reference } = await readRecord(context.store, studyRecordName(run), StudyRecord);
  const pipeline = Pipeline.parse(
    JSON.parse(Buffer.from(await context.store.get(reference)).toString('utf8')),
  );
  for (const kind of ['fit', 'report'] as const) {
    for (const [stage] of stagesOf(pipeline, kind))
      await stageActivity(kind, { run, pipeline: reference, stage, group: {} }, context);
  }
}

async function refitPublished(folder: string): Promise<void> {
  if (!existsSync(join(folder, 'items.parquet'))) {
    throw new InvalidInput(
      `study "${basename(folder)}": found its results neither in the store nor as items.parquet in ${folder}; set CROSSOVER_STORE to the store the study was run with; its page alone is drawn anew by: crossover redraw ${basename(folder)}`,
    );
  }
  process.stderr.write('  the store does not have this study: estimating from its published results\n');
  await refitTables(folder, {
    drawn: { version: packageVersion, code: buildDigest() },
    loadClaims: (name) => loadClaims(name, { root: packageRoot }),
    onTask: ({ model, task, done, of }) =>
      void process.stderr.write(`  ${model} ${task}  estimated (${done} of ${of})\n`),
  });
}
