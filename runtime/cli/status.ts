import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { StudyProgress } from '../../workflows/messages.js';
import { progressQuery } from '../../workflows/messages.js';
import { readSettings } from '../settings.js';
import { joinSession } from '../temporal-client.js';
import { duration } from './progress-view.js';

/** Lists studies; with an id, the stages of one. */
export async function status(id: string | undefined): Promise<void> {
  await using session = await joinSession(readSettings(process.env, process.cwd()));
  if (session === undefined) {
    process.stdout.write('no Temporal server is running; studies go on with: crossover run <pipeline>\n');
    return;
  }
  const lines = id === undefined ? await studies(session.client) : await stagesOf(session.client, id);
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function studies(client: Client): Promise<string[]> {
  const lines: string[] = [];
  for await (const info of client.workflow.list({ query: "WorkflowType = 'study'", pageSize: 50 })) {
    lines.push(studyLine(info));
    if (lines.length === 50) break;
  }
  return lines.length > 0
    ? lines
    : ['no studies yet; start one with: crossover run pipelines/quickstart.yaml'];
}

function studyLine({
  workflowId,
  status: { name },
  startTime,
  closeTime,
  searchAttributes,
}: Pick<WorkflowExecutionInfo, 'workflowId' | 'status' | 'startTime' | 'searchAttributes'> & {
  closeTime?: Date | undefined;
}): string {
  const [done = 0] = searchAttributes.CrossoverCellsDone ?? [];
  const [total = '?'] = searchAttributes.CrossoverCellsTotal ?? [];
  const took = duration(((closeTime ?? new Date()).getTime() - startTime.getTime()) / 1000);
  return `${name.toLowerCase().padEnd(10)} ${workflowId.padEnd(40)} ${done}/${total} cells  ${startTime.toISOString().slice(0, 16).replace('T', ' ')}  ${took}`;
}

async function stagesOf(client: Client, id: string): Promise<string[]> {
  const handle = client.workflow.getHandle(id);
  const info = await handle.describe();
  const progress = await progressOf(() => handle.query(progressQuery));
  if (progress === undefined)
    return [studyLine(info), 'no worker answers for its stages; start one with: crossover worker'];
  return [
    studyLine(info),
    ...progress.stages.map(
      (s) =>
        `  ${s.state.padEnd(8)} ${s.stage.padEnd(14)} ${s.groupsDone}/${s.groups} groups  ${s.computed} computed, ${s.cached} cached, ${s.failed} failed`,
    ),
  ];
}

/** Stages are told by a worker; without one the server knows the study's state alone. */
async function progressOf(query: () => Promise<StudyProgress>): Promise<StudyProgress | undefined> {
  const patience = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 5000).unref());
  return Promise.race([query().catch(() => undefined), patience]);
}
