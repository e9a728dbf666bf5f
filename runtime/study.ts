import { type Client, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import type { Pipeline } from '../schemas/pipeline.js';
import type { Device } from '../schemas/stages.js';
import type { study } from '../workflows/index.js';
import { grpcCodeOf, grpcCodes } from './temporal/grpc-code.js';
import { TemporalUnavailable } from './temporal/temporal-unavailable.js';
import { STUDY_QUEUE } from './worker.js';

export type StudyHandle = WorkflowHandle<typeof study>;

export interface StudyStart {
  workflowId: string;
  pipeline: Pipeline;
  device: Device;
  /** Groups of a stage that are given out at once. */
  window?: number;
}

export interface StartedStudy {
  handle: StudyHandle;
  /** Whether it was running already. */
  joined: boolean;
}

/**
 * Starts a study, or joins the one of the same workflow id that is running: the client in code.
 * Cells that the store has are found again, whoever computed them.
 * @throws TemporalUnavailable when the server cannot keep a history
 */
export async function startStudy(client: Client, study: StudyStart): Promise<StartedStudy> {
  try {
    return await startOrJoin(client, study);
  } catch (error) {
    throw grpcCodeOf(error) === grpcCodes.UNAVAILABLE ? withoutHistory(error) : error;
  }
}

async function startOrJoin(
  client: Client,
  { workflowId, pipeline, device, window }: StudyStart,
): Promise<StartedStudy> {
  if (await isRunning(client, workflowId))
    return { handle: client.workflow.getHandle<typeof study>(workflowId), joined: true };
  const handle = await client.workflow.start<typeof study>('study', {
    workflowId,
    taskQueue: STUDY_QUEUE,
    args: [{ pipeline, device, ...(window !== undefined && { window }) }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: (pipeline.title ?? pipeline.name).slice(0, 200),
    ...(pipeline.description === undefined ? {} : { staticDetails: pipeline.description }),
  });
  return { handle, joined: false };
}

async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

function withoutHistory(cause: unknown): TemporalUnavailable {
  return new TemporalUnavailable(
    'The Temporal server does not take the study: it has just ended, or its database is gone or full. ' +
      'End a local one with: crossover server stop — or, when its folder was deleted, by its process `temporal server start-dev` — and run again.',
    { cause },
  );
}
