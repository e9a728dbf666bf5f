import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';
import type { Device } from '../schemas/stages.js';

/** Errors that no retry can mend. */
const NON_RETRYABLE = ['InvalidPipeline', 'InvalidInput'];

/** Short work in the worker itself: reading and checking a pipeline. */
export const promptWork: ActivityOptions = {
  startToCloseTimeout: '2 minutes',
  // About three minutes: what a pipeline names may be on a hub that is away for a while.
  retry: { maximumInterval: '30 seconds', maximumAttempts: 10, nonRetryableErrorTypes: NON_RETRYABLE },
};

/**
 * Hours of work in a compute child. A lost worker is noticed within the heartbeat timeout; every finished cell is in
 * the store by then, so an attempt repeats no more than the cell that was in hand.
 */
export function computeWork(device: Device): ActivityOptions {
  return {
    taskQueue: computeQueue(device),
    startToCloseTimeout: '7 days',
    heartbeatTimeout: '10 seconds',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: {
      initialInterval: '1 second',
      maximumInterval: '30 seconds',
      maximumAttempts: 20,
      nonRetryableErrorTypes: NON_RETRYABLE,
    },
  };
}

/** The task queue that compute workers of a device poll. */
export function computeQueue(device: Device): string {
  return `crossover-${device}`;
}

/**
 * Pending activities of one stage where nobody says how many children there are: enough for a cluster, and far below the
 * server's limit of 2,000. A pause lets all of them run.
 */
export const WINDOW = 100;

/**
 * Pending activities of one stage for so many children: few, as a pause lets them run and a fresh history waits for them,
 * but some for each child, as handing out the next takes longer than finding the results of a group.
 */
export function windowFor(children: number): number {
  return Math.max(8, 3 * children);
}
