/**
 * The knee of a falling curve: the index of the point farthest below the straight line from its first to its last point,
 * both axes scaled to 0…1 (Satopää et al. 2011, "Finding a Kneedle in a Haystack", for a whole curve). Undefined where
 * the curve does not fall, or no point lies below that line. x ascends.
 */
export function knee(x: readonly number[], y: readonly number[]): number | undefined {
  const [left, right, top, bottom] = [x[0], x.at(-1), y[0], y.at(-1)];
  if (left === undefined || right === undefined || top === undefined || bottom === undefined)
    return undefined;
  if (!(top > bottom && right > left)) return undefined;
  const below = x.map((place, index) => {
    const height = ((y[index] ?? Number.NaN) - bottom) / (top - bottom);
    return 1 - (place - left) / (right - left) - height;
  });
  const farthest = Math.max(...below);
  return farthest > ROUNDING ? below.indexOf(farthest) : undefined;
}

const ROUNDING = 1e-12;
