import { setImmediate as nextTurn } from 'node:timers/promises';
import { type EncodedItem, trainingBatch } from '../../models/batch.js';
import { type ComputeMeter, computeMeter, totalFlops } from '../../models/compute-meter.js';
import { NonFinite } from '../../models/non-finite.js';
import { AdamW } from '../../models/training/adamw.js';
import { lossAndGradients } from '../../models/training/loss-and-gradients.js';
import { disposeTreatment, type Treatment, treatmentTensors } from '../../models/treatment.js';
import type { Fitted, Workbench } from '../method.js';
import { type Candidate, choose, judgeOnValidation, trialRows } from '../search.js';
import { batchOrder } from './batch-order.js';
import { type AdapterShape, copyAdapter, freshAdapter } from './lora-adapter.js';

export interface LoraOptions extends AdapterShape {
  epochs: number;
  min_steps: number;
  batch: number;
  weight_decay: number;
  search: { learning_rates: readonly number[]; checkpoints: readonly number[] };
}

/** An adapter at a checkpoint, with the FLOPs its training took until then. */
interface Checkpoint {
  treatment: Treatment;
  flops: number;
}

interface TrainingRun {
  checkpoints: Candidate<Checkpoint>[];
  flops: number;
}

/**
 * LoRA (Hu et al. 2021) on the tokens of the right options: the loss is the mean negative log-likelihood of the very
 * tokens that scoring sums. One training run a learning rate; each of its checkpoints is a trial judged on validation.
 * @throws NonFinite when the loss leaves the finite numbers at every learning rate
 */
export async function fineTuneByLora(
  bench: Workbench,
  items: readonly EncodedItem[],
  options: LoraOptions,
): Promise<Fitted> {
  const search = computeMeter();
  const runs: TrainingRun[] = [];
  for (const learningRate of options.search.learning_rates) {
    runs.push(await trainOnce(bench, items, { ...options, learningRate, validationMeter: search }));
  }
  const candidates = runs.flatMap(({ checkpoints }) => checkpoints);
  if (candidates.length === 0)
    throw new NonFinite(
      `the loss left the finite numbers at every learning rate: ${options.search.learning_rates.join(', ')}`,
    );
  const chosen = choose(candidates);
  for (const candidate of candidates) if (candidate !== chosen) disposeTreatment(candidate.value.treatment);
  const { treatment, flops } = chosen.value;
  const allRuns = runs.reduce((sum, run) => sum + run.flops, 0);
  return {
    treatment,
    trials: trialRows(candidates, chosen),
    flops: { method: flops, search: totalFlops(search) + allRuns - flops },
    trainableParameters: treatmentTensors(treatment).reduce((sum, tensor) => sum + tensor.size, 0),
  };
}

/** One learning rate from a fresh adapter. A run whose loss is no longer finite ends there and keeps its earlier checkpoints. */
async function trainOnce(
  bench: Workbench,
  items: readonly EncodedItem[],
  options: LoraOptions & { learningRate: number; validationMeter: ComputeMeter },
): Promise<TrainingRun> {
  const { model, prefixes, random, onProgress } = bench;
  const { learningRate, weight_decay: weightDecay } = options;
  const order = batchOrder(items.length, {
    ...options,
    minSteps: options.min_steps,
    random: random('order'),
  });
  const scored = new Set(
    options.search.checkpoints.map((share) => Math.max(1, Math.round(share * order.length))),
  );
  const meter = computeMeter();
  const run: TrainingRun = { checkpoints: [], flops: 0 };
  const adapter = freshAdapter(model, options, random('init'));
  const parameters = treatmentTensors(adapter);
  using optimizer = new AdamW(parameters, { learningRate, weightDecay });
  for (const [index, members] of order.entries()) {
    const batch = trainingBatch(members.flatMap((member) => items[member] ?? []));
    const { loss, gradients } = lossAndGradients(model, batch, {
      treatment: adapter,
      wanted: parameters,
      prefixes,
      meter,
    });
    if (!Number.isFinite(loss)) break;
    optimizer.step(gradients);
    onProgress(`training, rate ${learningRate}`, index + 1, order.length, loss);
    await nextTurn();
    if (!scored.has(index + 1)) continue;
    const treatment = copyAdapter(adapter);
    const judged = await judgeOnValidation(bench, treatment, options.validationMeter);
    run.checkpoints.push({
      setting: { learning_rate: learningRate, step: index + 1 },
      ...judged,
      value: { treatment, flops: totalFlops(meter) },
    });
  }
  run.flops = totalFlops(meter);
  disposeTreatment(adapter);
  return run;
}
