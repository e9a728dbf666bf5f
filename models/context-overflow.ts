/** A text is longer than the model's context: what a treatment puts before it leaves it no room. Its cell fails with this reason, its study goes on. */
export class ContextOverflow extends Error {
  override name = 'ContextOverflow';
}
