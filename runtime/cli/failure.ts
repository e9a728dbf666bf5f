import { InvalidInput } from '../../schemas/invalid-input.js';
import { Interrupted } from './interruption.js';

/** 2 for bad input, 130 for an interruption, 1 for anything else. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return 130;
  return error instanceof InvalidInput ? 2 : 1;
}

/** What a person reads: the message and its causes; the stack as well when CROSSOVER_DEBUG is set. */
export function explainFailure(error: unknown): string {
  if (!(error instanceof Error)) return `error: ${String(error)}`;
  const stack = process.env.CROSSOVER_DEBUG === undefined ? [] : [error.stack ?? ''];
  if (error instanceof InvalidInput) return [error.message, ...stack].join('\n');
  const causes = causesOf(error).map((cause) => `  because: ${cause.message}`);
  return [`error: ${error.message}`, ...new Set(causes), ...stack].join('\n');
}

function causesOf(error: Error): Error[] {
  return error.cause instanceof Error ? [error.cause, ...causesOf(error.cause)] : [];
}
