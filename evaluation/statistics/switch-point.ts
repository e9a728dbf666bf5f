import { logBudgets, meanOverLogN, trapezoids } from './area.js';

export type Direction = 'first-then-second' | 'second-then-first';

/** A budget at which the sign of a difference changes, and the area under the difference over log N up to there. */
export type Crossing = { n: number; direction: Direction; areaBefore: number };

/** Which method to take where: one below `n` and the other above it, or one throughout. */
export type SwitchPoint =
  | { kind: 'switch'; direction: Direction; n: number }
  | { kind: 'throughout'; better: 'first' | 'second' | 'neither' };

/**
 * Every sign change of `second − first`, the points joined by straight lines over log N. Where the difference is zero
 * at several neighbouring budgets the crossing is their middle over log N; touching zero without a change is none.
 */
export function crossings(budgets: readonly number[], differences: readonly number[]): Crossing[] {
  const points = curvePoints(budgets, differences);
  const nonZero = points.filter(({ y }) => y !== 0);
  return nonZero.slice(1).flatMap((right, index) => {
    const left = nonZero[index] ?? right;
    if (Math.sign(left.y) === Math.sign(right.y)) return [];
    const x = zeroBetween(left, right, points);
    const before = [...points.filter((point) => point.x < x), { x, y: 0 }];
    const direction: Direction = right.y > 0 ? 'first-then-second' : 'second-then-first';
    return [{ n: Math.exp(x), direction, areaBefore: area(before) }];
  });
}

/**
 * The crossover N* of two learning curves from their difference `second − first`: the crossing at which switching from
 * one method to the other gains most over log N, unless keeping one method throughout gains as much. With one sign
 * change that is the crossing itself; with several, noise around zero cannot displace the one that matters.
 */
export function switchPoint(budgets: readonly number[], differences: readonly number[]): SwitchPoint {
  const mean = meanOverLogN(budgets, differences);
  const whole = area(curvePoints(budgets, differences));
  let best: SwitchPoint = {
    kind: 'throughout',
    better: mean > 0 ? 'second' : mean < 0 ? 'first' : 'neither',
  };
  let gain = Math.abs(whole);
  for (const { n, direction, areaBefore } of crossings(budgets, differences)) {
    const switched = (whole - 2 * areaBefore) * (direction === 'first-then-second' ? 1 : -1);
    if (switched > gain) {
      gain = switched;
      best = { kind: 'switch', direction, n };
    }
  }
  return best;
}

type Point = { x: number; y: number };

function curvePoints(budgets: readonly number[], differences: readonly number[]): Point[] {
  const logs = logBudgets(budgets, differences);
  return differences.map((y, index) => ({ x: logs[index] ?? Number.NaN, y }));
}

function zeroBetween(left: Point, right: Point, points: readonly Point[]): number {
  const zeros = points.filter(({ x }) => x > left.x && x < right.x);
  const [first, last] = [zeros[0], zeros.at(-1)];
  if (first !== undefined && last !== undefined) return (first.x + last.x) / 2;
  return left.x + (right.x - left.x) * (left.y / (left.y - right.y));
}

function area(points: readonly Point[]): number {
  return trapezoids(
    points.map(({ x }) => x),
    points.map(({ y }) => y),
  );
}
