import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { tf } from '../../models/tensorflow.js';
import type { LowRankEdit, Treatment } from '../../models/treatment.js';
import { Positions } from '../../schemas/treatment.js';
import { chosenLayers, LayerChoice } from '../layers.js';
import type { Workbench } from '../method.js';
import {
  defineTrainedMethod,
  parameter,
  type Trainable,
  trainingOptions,
  trainingSearch,
} from '../training.js';
import { orthonormalRows } from './orthonormal-rows.js';

// C hidden channels, r rank.

const options = z.strictObject({
  rank: z
    .union([z.number().int().positive(), z.literal('full')])
    .default(4)
    .describe(
      '4 in Wu et al. 2024 and AxBench; `full` edits all channels: any affine map of the representation',
    ),
  layers: LayerChoice.default('all').describe('blocks edited together, each with parameters of its own'),
  positions: Positions.default({ first: 5, last: 5 }).describe('tokens of the prompt; 5 and 5 in AxBench'),
  ...trainingOptions,
  search: z
    .strictObject(trainingSearch([9e-4, 4e-3], 'Wu et al. 2024, tables 5–8: 9e-4 (LLaMA) and 4e-3 (RoBERTa)'))
    .prefault({}),
});
type ReftOptions = z.output<typeof options>;

/** An edit within a subspace of orthonormal directions: there the representation is replaced by a linear map of itself. */
export const loreft = defineTrainedMethod({
  name: 'loreft',
  kind: 'steer',
  form: 'low-rank edit',
  summary: 'a low-rank edit of the representation, within an orthonormal subspace',
  source: 'LoReFT, Wu et al. 2024 (arXiv 2404.03592), eq. 2',
  version: 1,
  options,
  starts: (bench, given) => [freshEdits('loreft', bench, given)],
});

/** The same without the subspace: cheaper, and nearly as good. */
export const direft = defineTrainedMethod({
  name: 'direft',
  kind: 'steer',
  form: 'low-rank edit',
  summary: 'a low-rank edit of the representation, without orthogonality',
  source: 'DiReFT, Wu et al. 2024 (arXiv 2404.03592), eq. 3',
  version: 1,
  options,
  starts: (bench, given) => [freshEdits('direft', bench, given)],
});

function freshEdits(
  kind: LowRankEdit['kind'],
  { model, random }: Workbench,
  { rank, layers, positions }: ReftOptions,
): Trainable {
  const { hidden } = model.config;
  const blocks = chosenLayers(layers, model.config.layers);
  const fresh = (): Treatment => {
    const draw = random('init');
    const interventions = blocks.map((layer) => ({
      ...freshEdit(kind, { rank: rank === 'full' ? hidden : rank, hidden }, draw),
      layer,
      coefficient: 1,
      positions,
    }));
    return { interventions, weightDeltas: [] };
  };
  return { setting: {}, fresh, ...(kind === 'loreft' && { constrain: keepOrthonormal }) };
}

/** The base model: the edit reads what it writes (W = R, b = 0), or writes nothing (P·0 with W = 0). */
function freshEdit(
  kind: LowRankEdit['kind'],
  { rank, hidden }: { rank: number; hidden: number },
  random: () => number,
): Pick<LowRankEdit, 'kind' | 'projection' | 'weight' | 'bias'> {
  const rows = orthonormalRows(uniform(rank * hidden, random), [rank, hidden]);
  const first = kind === 'loreft' ? rows : new Float32Array(rank * hidden);
  return {
    kind,
    projection: parameter<Tensor2D>(rows, [rank, hidden]),
    weight: parameter<Tensor2D>(first, [rank, hidden]),
    bias: parameter<Tensor1D>(new Float32Array(rank), [rank]),
  };
}

/** Brings every projection back to orthonormal rows after a step, which may leave them. */
function keepOrthonormal({ interventions }: Treatment): void {
  for (const part of interventions) {
    if (part.kind !== 'loreft' || !(part.projection instanceof tf.Variable)) continue;
    const [rank, hidden] = part.projection.shape;
    const rows = orthonormalRows(part.projection.dataSync<'float32'>(), [rank, hidden]);
    const next = tf.tensor2d(rows, [rank, hidden]);
    part.projection.assign(next);
    next.dispose();
  }
}

function uniform(count: number, random: () => number): Float32Array {
  return Float32Array.from({ length: count }, () => 2 * random() - 1);
}
