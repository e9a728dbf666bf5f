/** How many ids at the beginning of a text are those before every text: all of `textStart`, or none. */
export function textStartLength(ids: readonly number[], textStart: readonly number[] = []): number {
  return textStart.every((id, at) => ids[at] === id) ? textStart.length : 0;
}
