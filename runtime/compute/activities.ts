import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type { StageActivities } from '../../activities/index.js';
import type { StageKind } from '../../schemas/pipeline.js';
import { type GroupInput, GroupResult, type Progress } from '../../schemas/stages.js';
import { ComputeChildLost, JobFailed } from './compute-child.js';
import type { ComputePool } from './pool.js';

const HEARTBEAT_MS = 1000;

/** The stage activities as the worker registers them: each hands its job to a compute child and heartbeats meanwhile. */
export function computeActivities(pool: ComputePool): StageActivities {
  const inChild = (kind: StageKind) => (input: GroupInput) => runInChild(pool, kind, input);
  return {
    pretrain: inChild('pretrain'),
    sample: inChild('sample'),
    baseline: inChild('baseline'),
    prompt: inChild('prompt'),
    steer: inChild('steer'),
    finetune: inChild('finetune'),
    combine: inChild('combine'),
    fit: inChild('fit'),
    report: inChild('report'),
  };
}

/**
 * The worker's event loop is never blocked, so a timer keeps the heartbeat; that the *work* moves is watched by the
 * child's own messages, and a silent child is killed.
 */
async function runInChild(pool: ComputePool, kind: StageKind, input: GroupInput): Promise<GroupResult> {
  const context = Context.current();
  let latest: Progress | undefined;
  const beat = setInterval(() => context.heartbeat(latest), HEARTBEAT_MS);
  try {
    const onProgress = (progress: Progress) => {
      latest = progress;
    };
    return GroupResult.parse(
      await pool.run({ kind, input }, { signal: context.cancellationSignal, onProgress }),
    );
  } catch (error) {
    if (error instanceof CancelledFailure) throw error;
    throw failureOf(error);
  } finally {
    clearInterval(beat);
  }
}

function failureOf(error: unknown): ApplicationFailure {
  if (error instanceof JobFailed) {
    const { name, message, stack, retryable } = error.failure;
    return ApplicationFailure.create({
      type: name,
      message,
      nonRetryable: !retryable,
      details: stack === undefined ? [] : [stack],
    });
  }
  const cause = error instanceof Error ? error : new Error(String(error));
  return ApplicationFailure.create({
    type: cause.name,
    message: cause.message,
    nonRetryable: !(cause instanceof ComputeChildLost),
    cause,
  });
}
