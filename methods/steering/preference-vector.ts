import { z } from 'zod';
import { type EncodedItem, pairBatch } from '../../models/batch.js';
import { computeMeter, plus, type Spent, spentBy } from '../../models/compute-meter.js';
import { scoreOptions } from '../../models/scoring.js';
import type { Objective } from '../../models/transformer/head-loss.js';
import { Positions } from '../../schemas/treatment.js';
import { LayerSearch, layerTrials, searchedLayers } from '../layers.js';
import type { Workbench } from '../method.js';
import { softplus } from '../softplus.js';
import {
  defineTrainedMethod,
  type Step,
  type Trainable,
  trainingOptions,
  trainingSearch,
} from '../training.js';
import { freshVectors } from './trained-vector.js';

/** A vector that makes the right option likelier than a wrong one when added, and less likely when taken away. */
export const preferenceVector = defineTrainedMethod({
  name: 'preference-vector',
  kind: 'steer',
  form: 'vector',
  summary: 'a vector trained on pairs of a right and a wrong option, in both directions',
  source: 'BiPO, Cao et al. 2024 (arXiv 2406.00045), eq. 2 and 3',
  version: 1,
  options: z.strictObject({
    positions: Positions.default('all'),
    beta: z.number().positive().default(0.1).describe('BiPO’s default'),
    ...trainingOptions,
    search: z
      .strictObject({
        layers: LayerSearch.default('auto'),
        ...trainingSearch([0.01], 'AxBench, Wu et al. 2025; BiPO itself: 5e-4 over 20 epochs', [0.5, 1]),
      })
      .prefault({}),
  }),
  candidates: ({ search }) => layerTrials(search.layers),
  starts: (bench, { positions, search }) =>
    searchedLayers(search.layers, bench.model.config.layers).map((layers) => ({
      ...freshVectors(bench.model, layers, positions),
      applied: turnedBy(signs(bench)),
    })),
  async steps(bench, items, { beta }) {
    const { items: examples, spent: sampling } = await bench.contrasts.withWrong(items);
    const { byId, spent } = await pairsOf(bench, examples);
    const signAt = signs(bench);
    return {
      examples,
      spent: plus(sampling, spent),
      stepOf: (members, step) => pairStep(members, byId, { beta, sign: signAt(step) }),
    };
  },
});

/** The direction of every step, 1 or −1: drawn once, as its batch and its treatment must agree. */
function signs({ random }: Workbench): (step: number) => number {
  const draw = random('directions');
  const drawn: number[] = [];
  return (step) => {
    while (drawn.length <= step) drawn.push(draw() < 0.5 ? -1 : 1);
    return drawn[step] ?? 1;
  };
}

/** The wrong option of a pair, and how likely both are before training, nats. */
interface Pair {
  wrong: number;
  reference: { right: number; wrong: number };
}

/** Pairs every item's right option with the wrong one that the model finds likeliest. */
async function pairsOf(
  { model, on, prefixes }: Workbench,
  items: readonly EncodedItem[],
): Promise<{ byId: Map<string, Pair>; spent: Spent }> {
  const meter = computeMeter();
  const logprobs = await scoreOptions(model, items, { treatment: on, prefixes, meter });
  const byId = items.map(({ id, label }, index): [string, Pair] => {
    const scores = logprobs[index] ?? [];
    const wrong = scores.reduce(
      (best, score, option) =>
        option !== label && (best < 0 || score > (scores[best] ?? 0)) ? option : best,
      -1,
    );
    return [id, { wrong, reference: { right: scores[label] ?? 0, wrong: scores[wrong] ?? 0 } }];
  });
  return { byId: new Map(byId), spent: spentBy(meter) };
}

function turnedBy(signAt: (step: number) => number): NonNullable<Trainable['applied']> {
  return ({ interventions, weightDeltas }, step) => {
    const coefficient = signAt(step);
    return { interventions: interventions.map((part) => ({ ...part, coefficient })), weightDeltas };
  };
}

function pairOf({ id }: EncodedItem, pairs: ReadonlyMap<string, Pair>): Pair {
  const pair = pairs.get(id);
  if (pair === undefined) throw new Error(`item ${id} is trained on but has no pair`);
  return pair;
}

/** −log σ(β·d·[(log p − log p₀)(right) − (log p − log p₀)(wrong)]), averaged over the pairs, with d the direction of the step. */
function pairStep(
  members: readonly EncodedItem[],
  pairs: ReadonlyMap<string, Pair>,
  { beta, sign }: { beta: number; sign: number },
): Step {
  const known = members.map((item) => ({ item, ...pairOf(item, pairs) }));
  const { batch, queries } = pairBatch(known);
  const objective: Objective = {
    queries,
    judge(losses) {
      const sums = known.map(() => ({ right: 0, wrong: 0 }));
      for (const [i, { row, side }] of queries.entries()) {
        const sum = sums[row];
        if (sum !== undefined) sum[side] -= losses[i] ?? Number.NaN;
      }
      const gaps = known.map(({ reference }, row) => {
        const { right, wrong } = sums[row] ?? { right: Number.NaN, wrong: Number.NaN };
        return beta * sign * (right - reference.right - (wrong - reference.wrong));
      });
      const slopes = queries.map(({ row, side }) => {
        const towards = (beta * sign) / (1 + Math.exp(gaps[row] ?? 0)) / known.length;
        return side === 'right' ? towards : -towards;
      });
      const loss = gaps.reduce((sum, gap) => sum + softplus(-gap), 0) / known.length;
      return { loss, slopes: Float32Array.from(slopes) };
    },
  };
  return { batch, objective };
}
