import { normal, type Random } from '../../evaluation/statistics/random.js';
import type { ScoredStage, ScoredTask } from '../../evaluation/statistics/scored-stage.js';

/** Mean margin of a method over the population of items and seeds, nats, with n examples. */
export type TrueCurve = (n: number) => number;

export type StudySize = { budgets: readonly number[]; seeds: number; items: number };

/**
 * Standard deviations of a margin, nats: between items; between items in what a method does to them; of the luck of a
 * seed's draw, which shrinks as (1 + n)^(−1/4) and is shared by its budgets by half; and of what is left.
 */
export const SPREAD = { item: 1.5, method: 0.4, seed: 0.3, rest: 0.6 };

/**
 * A study of two methods whose population curves are known. Both methods spread alike, so that where their margins are
 * equal in the population their scores and losses are, too: one true N* for every measure.
 */
export function simulatedStudy(
  curves: readonly [TrueCurve, TrueCurve],
  size: StudySize,
  random: Random,
): ScoredTask {
  const difficulty = normals(size.items, SPREAD.item, random);
  const items = difficulty.map((_, index) => String(index).padStart(6, '0'));
  const stages = curves.map((curve, index) => {
    const stage = index === 0 ? 'first' : 'second';
    const own = normals(size.items, SPREAD.method, random).map(
      (shift, item) => shift + (difficulty[item] ?? Number.NaN),
    );
    return [stage, simulatedStage({ stage, items, curve, own }, size, random)] as const;
  });
  return { model: 'simulated', task: 'simulated', task_type: 'reasoning', stages: new Map(stages) };
}

type Plan = { stage: string; items: string[]; curve: TrueCurve; own: number[] };

function simulatedStage({ stage, items, curve, own }: Plan, size: StudySize, random: Random): ScoredStage {
  const cells: ScoredStage['cells'] = new Map(size.budgets.map((n) => [n, new Map()]));
  for (let seed = 0; seed < size.seeds; seed++) {
    const shared = normal(random);
    for (const n of size.budgets) {
      const luck = ((SPREAD.seed * (shared + normal(random))) / Math.SQRT2) * (1 + n) ** -0.25;
      const margin = Float64Array.from(own, (item) => curve(n) + item + luck + SPREAD.rest * normal(random));
      cells.get(n)?.set(seed, {
        score: margin.map((value) => Number(value > 0)),
        margin,
        // Of two options: log(1 + exp(−margin)).
        loss: margin.map((value) =>
          value > 0 ? Math.log1p(Math.exp(-value)) : Math.log1p(Math.exp(value)) - value,
        ),
        kl: null,
        flops: 0,
        validation: null,
      });
    }
  }
  return { stage, method: stage, items, cells };
}

function normals(count: number, deviation: number, random: Random): number[] {
  return Array.from({ length: count }, () => deviation * normal(random));
}
