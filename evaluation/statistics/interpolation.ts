/** The height at `x` of the line that joins points of ascending x, level beyond its ends. Throws without points. */
export function bracketed(x: readonly number[], y: ArrayLike<number>, at: number): number {
  const [first, last] = [y[0], y[y.length - 1]];
  if (first === undefined || last === undefined || x.length !== y.length)
    throw new RangeError(
      `line: found ${x.length} places and ${y.length} heights, expected one or more of each`,
    );
  const right = x.findIndex((place) => place >= at);
  if (right === -1) return last;
  const [from, to] = [x[right - 1], x[right]];
  const [low, high] = [y[right - 1], y[right]];
  if (from === undefined || to === undefined || low === undefined || high === undefined) return first;
  return low + ((at - from) / (to - from)) * (high - low);
}
