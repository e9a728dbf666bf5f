/** Codes of the system and of undici that may pass: a full disk, a broken connection, a name that does not resolve. */
const PASSING_CODE = /^(E(?!NOENT$|NOTDIR$|ISDIR$|XIST$)[A-Z0-9]+|EAI_[A-Z]+|UND_ERR_[A-Z_]+)$/;

/**
 * Whether trying again may help: the error, or what caused it, says so itself (`retryable`), has a code of the system or of
 * the network, or is a server's answer that it has trouble or is asked too often. Any other error would come again.
 */
export function isRetryable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('retryable' in error) return error.retryable === true;
  if ('statusCode' in error && typeof error.statusCode === 'number') return isPassing(error.statusCode);
  if ('code' in error && typeof error.code === 'string' && PASSING_CODE.test(error.code)) return true;
  return isRetryable(error.cause);
}

function isPassing(status: number): boolean {
  return status >= 500 || status === 429 || status === 408;
}
