import { z } from 'zod';
import type { EncodedItem } from '../../models/batch.js';
import { type FlopCount, flopCount, plus } from '../../models/compute-meter.js';
import { mergedModel } from '../../models/treated-model.js';
import { compose, disposeTreatment, noTreatment, type Treatment } from '../../models/treatment.js';
import type { ContrastReader } from '../contrasts.js';
import type { Fitted, Method, Part, PartChoice, Workbench } from '../method.js';

export const VectorSource = z
  .enum(['base', 'tuned'])
  .default('tuned')
  .describe('model whose activations a training-free vector is read from');
export type VectorSource = z.infer<typeof VectorSource>;

/** The part of a combination that a stage of this kind made. */
export function partOf({ parts }: Workbench, kind: Method['kind']): Part {
  const part = parts.find(({ method }) => method.kind === kind);
  if (part === undefined) throw new Error(`a combination has no ${kind} part`);
  return part;
}

/** What is wrong with the parts of a combination of fine-tuning and steering. */
export function notSteeringAndTuning(parts: readonly Method[]): string | undefined {
  const kinds = parts.map(({ kind }) => kind).sort();
  return kinds.join() === 'finetune,steer' ? undefined : 'expected one finetune and one steer stage';
}

/** Of a combination whose parts search one after the other: the candidates of both. */
export function trialsOfParts(_options: unknown, parts: readonly PartChoice[] = []): number {
  return parts.reduce((sum, { method, options }) => sum + method.trials(options), 0);
}

/** The bench of a part that is made the other is on, in training and in judging. */
export function on(bench: Workbench, other: Treatment): Workbench {
  return { ...bench, on: compose(bench.on, other), parts: [] };
}

/** Contrasts as the tuned model has them. */
function readUnder({ contrasts, on: base }: Workbench, other: Treatment): ContrastReader {
  return {
    ...contrasts,
    read: (items, options) => contrasts.read(items, { ...options, under: compose(base, other) }),
  };
}

/** Steers on top of a tuned model by the combination's steering part. Takes over the tuned one's tensors. */
export async function steerUpon(
  bench: Workbench,
  tuned: Fitted,
  { items, vector }: { items: readonly EncodedItem[]; vector: VectorSource },
): Promise<Fitted> {
  const { method, options } = partOf(bench, 'steer');
  const merging = flopCount();
  using merged = tunedBench(bench, tuned.treatment, merging);
  try {
    const contrasts = vector === 'tuned' ? readUnder(bench, tuned.treatment) : bench.contrasts;
    const steered = await method.fit({ ...merged.bench, contrasts }, items, options);
    const search = plus(steered.flops.search, { flops: merging.flops, backward: 0 });
    return union(
      ofPart('finetune', tuned),
      ofPart('steer', { ...steered, flops: { ...steered.flops, search } }),
    );
  } catch (error) {
    disposeTreatment(tuned.treatment);
    throw error;
  }
}

/** The bench of a part that is made on top of a tuned model, whose weights are merged once for all of it. */
function tunedBench(bench: Workbench, tuned: Treatment, count: FlopCount): { bench: Workbench } & Disposable {
  const { weightDeltas, ...rest } = compose(bench.on, tuned);
  const model = mergedModel(bench.model, { ...noTreatment, weightDeltas }, count);
  return {
    bench: { ...bench, model, on: { ...rest, weightDeltas: [] }, parts: [] },
    [Symbol.dispose]: () => model[Symbol.dispose](),
  };
}

/** What a part made, with its kind before its settings' names: both parts may have a learning rate. */
export function ofPart(kind: Method['kind'], fitted: Fitted): Fitted {
  const trials = fitted.trials.map(({ setting, ...row }) => ({
    ...row,
    setting: Object.fromEntries(Object.entries(setting).map(([name, value]) => [`${kind} ${name}`, value])),
  }));
  return { ...fitted, trials };
}

/** Both parts as one: their treatments, their searches one after the other, all their costs. */
export function union(first: Fitted, second: Fitted): Fitted {
  const contrasts = second.contrasts ?? first.contrasts;
  return {
    treatment: compose(first.treatment, second.treatment),
    // Numbered through; each part keeps its chosen one.
    trials: [...first.trials, ...second.trials].map((row, trial) => ({ ...row, trial })),
    flops: {
      method: plus(first.flops.method, second.flops.method),
      search: plus(first.flops.search, second.flops.search),
    },
    trainableParameters: first.trainableParameters + second.trainableParameters,
    ...(contrasts && { contrasts }),
  };
}
