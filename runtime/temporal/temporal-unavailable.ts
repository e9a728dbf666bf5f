/** No usable Temporal server: none answers, or none can be started. The message says why and what to do. */
export class TemporalUnavailable extends Error {
  override name = 'TemporalUnavailable';
}
