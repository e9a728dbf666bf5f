import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { type EncodedItem, prompted, type TokenBatch, trainingBatch } from '../models/batch.js';
import {
  type ComputeMeter,
  computeMeter,
  nothingSpent,
  plus,
  type Spent,
  spentBy,
} from '../models/compute-meter.js';
import { NonFinite } from '../models/non-finite.js';
import { inMemoryOfItsOwn } from '../models/operations.js';
import { tf } from '../models/tensorflow.js';
import { AdamW } from '../models/training/adamw.js';
import { RowStates } from '../models/training/row-states.js';
import { trainingStep } from '../models/training/training-step.js';
import { meanLikelihood, type Objective } from '../models/transformer/head-loss.js';
import {
  compose,
  disposeTreatment,
  mapTensors,
  type Treatment,
  treatmentTensors,
} from '../models/treatment.js';
import { batchOrder } from './batch-order.js';
import { defineMethod, type Fitted, type Method, type Workbench } from './method.js';
import { Search } from './search.js';

/** What every trained method lets a stage set. */
export const trainingOptions = {
  epochs: z.number().int().positive().default(3),
  min_steps: z
    .number()
    .int()
    .positive()
    .default(20)
    .describe('small budgets repeat their examples up to this many steps'),
  batch: z.number().int().positive().default(8),
  weight_decay: z.number().nonnegative().default(0),
};

/** The search over learning rates and early stops; `rates` is what the method's source uses. Every method tries eight candidates by default. */
export function trainingSearch(
  rates: readonly number[],
  source: string,
  checkpoints: readonly number[] = [0.25, 0.5, 0.75, 1],
) {
  return {
    learning_rates: z
      .array(z.number().positive())
      .min(1)
      .default([...rates])
      .describe(`default after ${source}`),
    checkpoints: z
      .array(z.number().positive().max(1))
      .min(1)
      .default([...checkpoints])
      .describe('fractions of training judged on validation'),
  };
}

export interface TrainingOptions {
  epochs: number;
  min_steps: number;
  batch: number;
  weight_decay: number;
}

export interface TrainingSearch {
  learning_rates: readonly number[];
  checkpoints: readonly number[];
}

/** What one step minimises, over which batch. */
export interface Step {
  batch: TokenBatch;
  objective: Objective;
}

/** What the steps of a run minimise, and the cost of finding it out. */
export interface Steps {
  stepOf: (items: readonly EncodedItem[], step: number) => Step;
  /** What is trained on, if not the examples as they are. */
  examples?: readonly EncodedItem[];
  spent: Spent;
}

/** A start to train from: its variables are trained, its other tensors stay as they are. Owned by whoever asked for it. */
export interface Trainable {
  /** What distinguishes it from other starts of the same search. */
  setting: Record<string, number | string>;
  fresh: () => Treatment;
  /** Brings the parameters back to where they must lie, after a step. */
  constrain?: (treatment: Treatment) => void;
  /** How a step sees the trained treatment; as it is, by default. */
  applied?: (treatment: Treatment, step: number) => Treatment;
}

/** A method that trains from its starts and chooses among checkpoints: all that is its own are the starts. */
export function defineTrainedMethod<S extends TrainedOptions>(
  method: Omit<Method<z.output<S>>, 'options' | 'trials' | 'fit' | 'starts' | 'startCount'> & {
    options: S;
    starts: (bench: Workbench, options: z.output<S>) => Trainable[];
    /** How many starts there are, whatever the model; one by default. */
    candidates?: (options: z.output<S>) => number;
  },
): Method {
  const { candidates = () => 1, ...rest } = method;
  const { starts, steps } = method;
  return defineMethod<S>({
    ...rest,
    startCount: candidates,
    trials: (options) =>
      candidates(options) * options.search.learning_rates.length * options.search.checkpoints.length,
    async fit(bench, items, options) {
      const own = await steps?.(bench, items, options);
      const fitted = await trainFrom(bench, own?.examples ?? items, {
        ...options,
        starts: starts(bench, options),
        ...(own && { stepOf: own.stepOf }),
      });
      const { method: spent, search } = fitted.flops;
      return { ...fitted, flops: { method: plus(spent, own?.spent ?? nothingSpent), search } };
    },
  });
}

type TrainedOptions = z.ZodObject<typeof trainingOptions & { search: z.ZodType<TrainingSearch> }>;

/** The default step: the mean negative log-likelihood of the right options' tokens, which are what scoring sums. */
export function likelihoodStep(items: readonly EncodedItem[]): Step {
  const batch = trainingBatch(items);
  return { batch, objective: meanLikelihood(batch) };
}

/**
 * Trains every start at every learning rate, judges it at every checkpoint, and keeps the best on validation.
 * A run whose loss leaves the finite numbers ends there and keeps its earlier checkpoints; its later ones are refused.
 * @throws NonFinite when no checkpoint of any run is finite
 */
export async function trainFrom(
  bench: Workbench,
  items: readonly EncodedItem[],
  {
    starts,
    search: { learning_rates: rates, checkpoints },
    ...options
  }: TrainingOptions & {
    starts: readonly Trainable[];
    search: TrainingSearch;
    stepOf?: (items: readonly EncodedItem[], step: number) => Step;
  },
): Promise<Fitted> {
  using search = new Search(bench, { trials: starts.length * rates.length * checkpoints.length });
  let trainable = 0;
  for (const start of starts) {
    for (const learningRate of rates) {
      const run = train(bench, items, { ...options, start, learningRate, checkpoints });
      const due = new Set(run.due);
      const setting = (step: number) => ({ ...start.setting, learning_rate: learningRate, step });
      try {
        for await (const { treatment, step, spent, parameters } of run) {
          trainable = parameters;
          due.delete(step);
          await search.consider(setting(step), treatment, spent);
        }
      } catch (error) {
        if (!(error instanceof NonFinite)) throw error;
        for (const step of due) search.refuse(setting(step), error.message);
      }
      search.spend(run.spent());
    }
  }
  return search.result({ trainableParameters: trainable });
}

export interface RunOptions extends TrainingOptions {
  start: Trainable;
  learningRate: number;
  checkpoints: readonly number[];
  stepOf?: (items: readonly EncodedItem[], step: number) => Step;
}

/** A treatment as it was after a step, in constant tensors of its own, with what training until then has cost. */
export interface Checkpoint {
  treatment: Treatment;
  step: number;
  spent: Spent;
  parameters: number;
}

/** Yields the checkpoints of one run, which the caller owns. @throws NonFinite where the loss leaves the finite numbers */
export interface TrainingRun extends AsyncIterable<Checkpoint> {
  /** Steps after which there is a checkpoint, ascending. */
  due: readonly number[];
  /** What the run has cost so far. */
  spent: () => Spent;
}

/** One run from a fresh start with AdamW. */
export function train(
  bench: Workbench,
  items: readonly EncodedItem[],
  { checkpoints, ...options }: RunOptions,
): TrainingRun {
  const meter = computeMeter();
  const random = bench.random('order');
  const order = batchOrder(items.length, { ...options, minSteps: options.min_steps, random });
  const ends = checkpoints.map((share) => Math.max(1, Math.round(share * order.length)));
  const due = [...new Set(ends)].sort((a, b) => a - b);
  return {
    due,
    spent: () => spentBy(meter),
    [Symbol.asyncIterator]: () => steps(bench, items, { ...options, meter, order, due }),
  };
}

interface RunPlan {
  /** Examples of every step. */
  order: readonly (readonly number[])[];
  due: readonly number[];
  meter: ComputeMeter;
}

async function* steps(
  { model, on, prefixes, onProgress }: Workbench,
  items: readonly EncodedItem[],
  {
    start,
    learningRate,
    stepOf = likelihoodStep,
    weight_decay: weightDecay,
    order,
    due,
    meter,
  }: Omit<RunOptions, 'checkpoints'> & RunPlan,
): AsyncGenerator<Checkpoint> {
  const asking = prompted(items, on.prompt);
  // Whose batches are made of something else than the right options knows nothing of these rows.
  using states = stepOf === likelihoodStep ? new RowStates(model, asking, prefixes) : undefined;
  const trained = start.fresh();
  try {
    const wanted = treatmentTensors(trained).filter(isVariable);
    const parameters = wanted.reduce((sum, tensor) => sum + tensor.size, 0);
    using optimizer = new AdamW(wanted, { learningRate, weightDecay });
    for (const [index, members] of order.entries()) {
      const { batch, objective } = stepOf(
        members.flatMap((member) => asking[member] ?? []),
        index,
      );
      const applied = start.applied?.(trained, index) ?? trained;
      const treatment = compose(on, applied);
      const { loss } = trainingStep(model, batch, {
        treatment,
        objective,
        wanted,
        prefixes,
        start: states?.startOf(members, batch.width),
        meter,
        optimizer,
      });
      if (!Number.isFinite(loss))
        throw new NonFinite(
          `rate ${learningRate}: the loss is ${loss} at step ${index + 1} of ${order.length}, expected a finite number`,
        );
      start.constrain?.(trained);
      onProgress(`training, rate ${learningRate}`, index + 1, order.length, loss);
      await nextTurn();
      if (!due.includes(index + 1)) continue;
      yield { treatment: frozen(trained), step: index + 1, spent: spentBy(meter), parameters };
    }
  } finally {
    disposeTreatment(trained);
  }
}

/** A parameter to be trained, with these first values. */
export function parameter<T extends Tensor>(values: Float32Array, shape: T['shape']): T {
  return tf.tidy(() => tf.variable(inMemoryOfItsOwn(values, shape))) as unknown as T;
}

/** A parameter that begins as another tensor is. */
export function parameterLike<T extends Tensor>(tensor: T): T {
  return tf.tidy(() => tf.variable(tf.add<T>(tensor, 0))) as unknown as T;
}

/** The treatment as it is now, in memory of its own: an optimiser assigns to the variables it is made of. */
export function frozen(treatment: Treatment): Treatment {
  return mapTensors(treatment, (tensor) => tf.tidy(() => tf.add(tensor, 0)));
}

function isVariable(tensor: Tensor): boolean {
  return tensor instanceof tf.Variable;
}

/** For methods that need a run to its end. @throws NonFinite where it does not get there; nothing is left behind then */
export async function lastCheckpoint(run: TrainingRun): Promise<Checkpoint> {
  let last: Checkpoint | undefined;
  try {
    for await (const checkpoint of run) {
      if (last !== undefined) disposeTreatment(last.treatment);
      last = checkpoint;
    }
  } catch (error) {
    if (last !== undefined) disposeTreatment(last.treatment);
    throw error;
  }
  if (last === undefined) throw new Error('a training run has no checkpoint, expected at least one');
  return last;
}
