import { type Client, defaultPayloadConverter, type WorkflowHandle } from '@temporalio/client';
import { Progress } from '../../schemas/stages.js';
import { progressQuery, type StudyProgress } from '../../workflows/messages.js';

/** What a watcher knows at one moment. */
export interface Snapshot {
  progress: StudyProgress;
  /** What running activities last said of themselves. */
  working: { stage: string; progress: Progress; attempt: number; lastFailure: string | undefined }[];
}

/** Asks the study and its running stages where they stand. Fails while no worker answers. */
export async function snapshot(client: Client, handle: WorkflowHandle): Promise<Snapshot> {
  const progress = await handle.query(progressQuery);
  const running = progress.stages.filter((stage) => stage.state === 'running');
  const working = await Promise.all(running.map(({ stage }) => workingOn(client, handle.workflowId, stage)));
  return { progress, working: working.flat() };
}

async function workingOn(client: Client, study: string, stage: string): Promise<Snapshot['working']> {
  const description = await client.workflow.getHandle(`${study}/${stage}`).describe();
  return (description.raw.pendingActivities ?? []).flatMap((activity) => {
    const [payload] = activity.heartbeatDetails?.payloads ?? [];
    const parsed =
      payload === undefined ? undefined : Progress.safeParse(defaultPayloadConverter.fromPayload(payload));
    if (parsed?.success !== true) return [];
    return [
      {
        stage,
        progress: parsed.data,
        attempt: activity.attempt ?? 1,
        lastFailure: activity.lastFailure?.message ?? undefined,
      },
    ];
  });
}
