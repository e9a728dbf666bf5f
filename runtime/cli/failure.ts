import { InvalidInput } from '../../schemas/invalid-input.js';
import { InvalidPipeline } from '../../schemas/pipeline-file.js';

/** 2 for bad input, 1 for anything else. */
export function exitCodeOf(error: unknown): number {
  return isBadInput(error) ? 2 : 1;
}

/** What a person reads: the message of an expected failure alone, the stack of an unexpected one as well. */
export function explainFailure(error: unknown): string {
  if (!(error instanceof Error)) return `error: ${String(error)}`;
  if (isBadInput(error)) return error.message;
  const causes = causesOf(error).map((cause) => `  because: ${cause.message}`);
  const stack = process.env.CROSSOVER_DEBUG === undefined ? [] : [error.stack ?? ''];
  return [`error: ${error.message}`, ...causes, ...stack].join('\n');
}

/** Bad input has named classes; each part of the program that reads input has its own. */
function isBadInput(error: unknown): boolean {
  if (error instanceof InvalidInput || error instanceof InvalidPipeline || error instanceof TypeError)
    return true;
  return (
    error instanceof Error &&
    ['TaskError', 'CheckpointError', 'ModelSourceError', 'TokenizerError'].includes(error.name)
  );
}

function causesOf(error: Error): Error[] {
  return error.cause instanceof Error ? [error.cause, ...causesOf(error.cause)] : [];
}
