import { createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  DefaultLogger,
  type NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import type { Pipeline } from '../schemas/pipeline.js';
import { computeQueue } from '../workflows/policies.js';
import { computeActivities } from './compute/activities.js';
import { beginTrace } from './compute/chrome-trace.js';
import { computeEnvironment } from './compute/environment.js';
import { type ComputePool, computePool } from './compute/pool.js';
import { packageRoot } from './package-root.js';
import { planActivities } from './plan-activity.js';
import type { Settings } from './settings.js';

/** The queue of workflows and prompt activities. */
export const STUDY_QUEUE = 'crossover';

/** Both Temporal workers of this process and its compute children. */
export interface StudyWorker {
  pool: ComputePool;
  /** Resolves after `stop`; rejects when a worker fails. */
  run: () => Promise<void>;
  stop: () => void;
}

export interface WorkerPlace {
  connection: NativeConnection;
  namespace: string;
  /** A pipeline that this process has checked just now. */
  checked?: Pipeline | undefined;
}

/** Sends the SDK's own log to a file: the terminal belongs to the study. Once a process, before any worker. */
export function installRuntime(settings: Settings): void {
  const log = createWriteStream(join(logFolder(settings), 'worker.log'), { flags: 'a' });
  // A full disk costs the log, not the study.
  log.on('error', () => undefined);
  const logger = new DefaultLogger('WARN', ({ level, message, meta, timestampNanos }) => {
    const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
    log.write(
      `${time} ${level} ${message} ${meta === undefined ? '' : JSON.stringify(meta, bigintsAsText)}\n`,
    );
  });
  Runtime.install({
    logger,
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
  });
}

/**
 * A worker for workflows and a worker for the compute of one device, in this process; TensorFlow stays in children.
 * @param connection to the Temporal server; it stays the caller's.
 */
export async function startStudyWorker(
  settings: Settings,
  { connection, namespace, checked }: WorkerPlace,
): Promise<StudyWorker> {
  if (settings.profile !== undefined) beginTrace(settings.profile);
  const pool = computePool(settings.children, {
    module: join(packageRoot, 'dist/runtime/compute/child.js'),
    environment: computeEnvironment(settings),
    logFile: join(logFolder(settings), 'compute.log'),
    silenceMs: settings.silenceMs,
    memoryBoundBytes: settings.memoryBoundBytes,
  });
  pool.warm();
  const workers = await bothWorkers(settings, { connection, namespace, checked }, pool).catch(
    (error: unknown) => {
      pool.close();
      throw error;
    },
  );
  return {
    pool,
    async run() {
      try {
        await Promise.all(workers.map((worker) => worker.run()));
      } finally {
        pool.close();
      }
    },
    stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    },
  };
}

/** One after the other: a worker that is there but does not run holds the connection open. */
async function bothWorkers(settings: Settings, place: WorkerPlace, pool: ComputePool): Promise<Worker[]> {
  const { connection, namespace } = place;
  const workflows = await startWorkflowWorker(settings, place);
  const compute = await Worker.create({
    connection,
    namespace,
    ...HEARTBEATS,
    taskQueue: computeQueue(settings.device),
    activities: computeActivities(pool),
    maxConcurrentActivityTaskExecutions: pool.size,
  });
  return [workflows, compute];
}

/** For a worker that did not start: an open connection keeps the process from ending. */
export function closing(connection: NativeConnection): (error: unknown) => Promise<never> {
  return async (error) => {
    await connection.close();
    throw error;
  };
}

/** A worker for workflows and checks of pipelines alone. */
export async function startWorkflowWorker(
  settings: Settings,
  { connection, namespace, checked }: WorkerPlace,
): Promise<Worker> {
  return Worker.create({
    connection,
    namespace,
    ...workflowCode(),
    taskQueue: STUDY_QUEUE,
    activities: planActivities(settings, process.cwd(), checked),
    maxCachedWorkflows: 100,
    shutdownGraceTime: '5 seconds',
  });
}

/** The default would hold back an activity's last words for most of the heartbeat timeout, and its cancellation too. */
const HEARTBEATS = {
  maxHeartbeatThrottleInterval: '1 second',
  defaultHeartbeatThrottleInterval: '1 second',
} as const;

/** The bundle made at build time; without one (from source) it is made now. */
function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const codePath = join(packageRoot, 'dist/workflow-bundle.js');
  return existsSync(codePath)
    ? { workflowBundle: { codePath } }
    : { workflowsPath: join(packageRoot, 'dist/workflows/index.js') };
}

function logFolder(settings: Settings): string {
  const folder = join(settings.state, 'logs');
  mkdirSync(folder, { recursive: true });
  return folder;
}

function bigintsAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
