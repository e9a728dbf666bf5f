import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { safetensorsBytes } from '../../models/checkpoints/safetensors.js';
import { tf } from '../../models/tensorflow.js';
import type { Treatment } from '../../models/treatment.js';
import { treatmentFromSafetensors } from '../../models/treatment-file.js';
import { TreatmentSpec } from '../../schemas/treatment.js';

const row = z.array(z.number());
const rows = z.array(row);

const Item = z.object({ id: z.string(), promptIds: row, optionIds: rows, label: z.number() });

/** A treatment's description and its tensors by the names used there. */
const Described = z.object({
  spec: TreatmentSpec,
  tensors: z.record(z.string(), z.object({ shape: row, values: row })),
});

/** What test/python/method_goldens.py writes. */
const Goldens = {
  directions: z.array(
    z.object({
      layer: z.number(),
      items: z.array(Item),
      right: rows,
      wrong: rows,
      meanAggregator: row,
      pcaAggregator: row,
      sklearnPca: row,
      logisticAggregator: row,
      sklearnLogistic: row,
    }),
  ),
  steered: z.array(z.object({ name: z.string(), treatment: Described, items: z.array(Item), logprobs: row })),
  edits: z.array(
    z.object({ kind: z.string(), treatment: Described, h: z.array(z.array(z.number())), output: rows }),
  ),
  gradients: z.object({
    items: z.array(Item),
    cases: z.array(
      z.object({
        name: z.string(),
        treatment: Described,
        loss: z.number(),
        gradients: z.record(z.string(), row),
      }),
    ),
  }),
};

export function readGoldens(folder: string) {
  const parsed = <T>(name: string, schema: z.ZodType<T>): T =>
    schema.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')));
  return {
    directions: parsed('directions', Goldens.directions),
    steered: parsed('steered', Goldens.steered),
    edits: parsed('edits', Goldens.edits),
    gradients: parsed('gradients', Goldens.gradients),
  };
}

/** The treatment described; the caller owns its tensors. */
export function treatmentOf({ spec, tensors }: z.infer<typeof Described>): Treatment {
  const named = Object.entries(tensors).map(([name, { shape, values }]) => ({
    name,
    shape,
    values: Float32Array.from(values),
  }));
  return treatmentFromSafetensors(safetensorsBytes(named, { treatment: JSON.stringify(spec) }), 'golden');
}

/** A treatment's tensors under the names of its description: `interventions.0.vector`. */
export function namedTensors({ interventions, weightDeltas }: Treatment): Map<string, Tensor> {
  const groups: Record<string, readonly object[]> = { interventions, weightDeltas };
  return new Map(
    Object.entries(groups).flatMap(([group, parts]) =>
      parts.flatMap((part, index) =>
        Object.entries(part).flatMap(([field, value]): [string, Tensor][] =>
          value instanceof tf.Tensor ? [[`${group}.${index}.${field}`, value]] : [],
        ),
      ),
    ),
  );
}
