import type { z } from 'zod';
import { canonicalJson } from '../artifacts/canonical-json.js';
import type { Store } from '../artifacts/store.js';
import type { ArtifactRef } from '../schemas/artifact.js';
import { Pipeline } from '../schemas/pipeline.js';
import { groupSlug } from '../schemas/plan.js';
import { type Group, type GroupInput, GroupRecord, SampleRecord } from '../schemas/stages.js';

/** The resolved pipeline of a study. */
export async function readPipeline(store: Store, { pipeline }: GroupInput): Promise<Pipeline> {
  return Pipeline.parse(JSON.parse(Buffer.from(await store.get(pipeline)).toString('utf8')));
}

/** Stores a value as canonical JSON: equal values, equal object. */
export function putJson(store: Store, value: unknown): Promise<ArtifactRef> {
  return store.put(Buffer.from(canonicalJson(value), 'utf8'), 'json');
}

/** Where a group's record is found by later stages of the same run. */
export function recordName(run: string, stage: string, group: Group): string {
  return `runs/${run}/${stage}/${groupSlug(group)}`;
}

export function studyRecordName(run: string): string {
  return `runs/${run}/study`;
}

export async function readGroup(
  store: Store,
  run: string,
  stage: string,
  group: Group,
): Promise<GroupRecord> {
  return readRecord(store, recordName(run, stage, group), GroupRecord);
}

export async function readSample(
  store: Store,
  run: string,
  stage: string,
  group: Group,
): Promise<SampleRecord> {
  return readRecord(store, recordName(run, stage, group), SampleRecord);
}

/** @throws Error when the stage that writes the record has not run */
export async function readRecord<T>(store: Store, name: string, schema: z.ZodType<T>): Promise<T> {
  const value = await store.readPointer(name);
  if (value === undefined)
    throw new Error(`no record ${name} in the store; expected the stage that writes it to be done`);
  return schema.parse(value);
}
