/** Why a request failed. A connection that fails says only "fetch failed" or "terminated"; the reason is one level down. */
export function connectionFault(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const isBare = /^(fetch failed|terminated)$/.test(cause.message);
  return isBare && cause.cause instanceof Error ? `${cause.message}: ${cause.cause.message}` : cause.message;
}
