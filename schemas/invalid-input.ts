/** What a person gave cannot be used: a task, model, pipeline or file. Never retried; the CLI exits with 2. */
export class InvalidInput extends Error {
  override name = 'InvalidInput';
}
