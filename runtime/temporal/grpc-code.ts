import { isGrpcServiceError } from '@temporalio/client';

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
export const grpcCodes = { CANCELLED: 1, DEADLINE_EXCEEDED: 4, NOT_FOUND: 5, UNAVAILABLE: 14 } as const;

/** The status code of a failed call, be it the error itself or what caused it; undefined for any other error. */
export function grpcCodeOf(error: unknown): number | undefined {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error ? grpcCodeOf(error.cause) : undefined;
}
