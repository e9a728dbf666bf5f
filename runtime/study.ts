import { type Client, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { runName } from '../activities/plan.js';
import { InvalidInput } from '../schemas/invalid-input.js';
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
 * @throws InvalidInput when a study of another pipeline runs under the id
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
  const run = runName(pipeline);
  const running = await runningStudy(client, workflowId);
  if (running !== undefined) {
    if (running.run !== undefined && running.run !== run)
      throw new InvalidInput(
        `workflow id "${workflowId}": found the running study ${running.run}, expected ${run}; take another id, or end that one first: crossover cancel ${workflowId}`,
      );
    return { handle: client.workflow.getHandle<typeof study>(workflowId), joined: true };
  }
  const handle = await client.workflow.start<typeof study>('study', {
    workflowId,
    taskQueue: STUDY_QUEUE,
    args: [{ pipeline, device, ...(window !== undefined && { window }) }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    memo: { run },
    staticSummary: (pipeline.title ?? pipeline.name).slice(0, 200),
    ...(pipeline.description === undefined ? {} : { staticDetails: pipeline.description }),
  });
  return { handle, joined: false };
}

/** The study of an id that is running, by its run's name; a study that was started without this client has none. */
async function runningStudy(
  client: Client,
  workflowId: string,
): Promise<{ run: string | undefined } | undefined> {
  try {
    const { status, memo } = await client.workflow.getHandle(workflowId).describe();
    if (status.name !== 'RUNNING') return undefined;
    return { run: typeof memo?.run === 'string' ? memo.run : undefined };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
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
