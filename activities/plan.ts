import { contentKey } from '../artifacts/canonical-json.js';
import type { Store } from '../artifacts/store.js';
import { catalog } from '../methods/catalog.js';
import type { Pipeline } from '../schemas/pipeline.js';
import { checkPipeline } from '../schemas/pipeline-file.js';
import { type PlannedStudy, StudyInput, type StudyRecord } from '../schemas/stages.js';
import { putJson, studyRecordName } from './records.js';

export interface PlanContext {
  store: Store;
  /** A pipeline the worker has, by its bare name. */
  named: (name: string) => Pipeline;
  /** Checks models, tasks and budgets against what is there. @throws InvalidInput */
  preflight: (pipeline: Pipeline) => Promise<void>;
}

/** Checks a study's input before any work is spent on it, and stores the resolved pipeline. */
export async function plan(input: unknown, { store, named, preflight }: PlanContext): Promise<PlannedStudy> {
  const { pipeline: given } = StudyInput.parse(input);
  const pipeline = typeof given === 'string' ? named(given) : checkPipeline(given, 'input', catalog);
  await preflight(pipeline);
  const reference = await putJson(store, pipeline);
  const run = runName(pipeline);
  const record: StudyRecord = { started: new Date().toISOString(), pipeline: reference };
  await store.writePointer(studyRecordName(run), record);
  return { run, pipeline, reference };
}

/** `quickstart-3f2a91bc`: equal pipelines, equal run. */
export function runName(pipeline: Pipeline): string {
  return `${pipeline.name.slice(0, 55)}-${contentKey(pipeline).slice(0, 8)}`;
}
