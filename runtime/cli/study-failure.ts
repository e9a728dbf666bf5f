import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { InvalidInput } from '../../schemas/invalid-input.js';

/** A study that ended without a report, in words a person can act on. */
export class StudyFailed extends Error {
  override name = 'StudyFailed';
}

/** Turns what Temporal reports into StudyFailed, or InvalidInput when the study's input was at fault. */
export function studyFailure(error: unknown, workflowId: string): Error {
  if (!(error instanceof WorkflowFailedError))
    return error instanceof Error ? error : new Error(String(error));
  if (error.cause instanceof CancelledFailure)
    return new StudyFailed(`study ${workflowId} was cancelled; what it computed is kept`);
  const deepest = deepestFailure(error);
  if (
    deepest instanceof ApplicationFailure &&
    (deepest.type === 'InvalidPipeline' || deepest.type === 'InvalidInput')
  )
    return new InvalidInput(deepest.message);
  return new StudyFailed(`study ${workflowId} failed: ${deepest.message}`);
}

function deepestFailure(error: Error): Error {
  return error.cause instanceof Error ? deepestFailure(error.cause) : error;
}
