import type { TransformerConfig } from '../config.js';
import type { Family } from '../families/family.js';
import { expectedTensors, type TensorValues } from './checkpoint.js';

/** Tensors of a checkpoint's files under the names that the model has for them. */
export interface StoredTensors {
  /** Name → shape, those without a place in the model under their own name. */
  shapes: Map<string, readonly number[]>;
  read(name: string): TensorValues;
}

/**
 * Finds the model's tensors among those of a family's files.
 * @param stored shapes of the files' tensors, and how one is read
 */
export function storedTensors(
  config: TransformerConfig,
  family: Family,
  stored: { shapes: ReadonlyMap<string, readonly number[]>; read(name: string): TensorValues },
): StoredTensors {
  if (family.stored === undefined) return { shapes: new Map(stored.shapes), read: stored.read };
  const place = (name: string) => family.stored?.(name, config) ?? { name };
  const shapes = new Map<string, readonly number[]>();
  const used = new Set<string>();
  for (const name of expectedTensors(config).keys()) {
    const { name: own, rows, storedRows } = place(name);
    const shape = stored.shapes.get(own);
    if (shape === undefined) continue;
    used.add(own);
    // Of a fused tensor of another size nothing can be said but its own shape.
    shapes.set(
      name,
      rows !== undefined && shape[0] === storedRows ? [rows.length, ...shape.slice(1)] : shape,
    );
  }
  for (const [name, shape] of stored.shapes) {
    if (!used.has(name) && family.redundant?.test(name) !== true) shapes.set(name, shape);
  }
  return {
    shapes,
    read(name) {
      const { name: own, rows } = place(name);
      const tensor = stored.read(own);
      return rows === undefined ? tensor : chosenRows(tensor, rows);
    },
  };
}

/** Some rows of a tensor, [rows, …]. */
export function chosenRows({ shape, values }: TensorValues, rows: Int32Array): TensorValues {
  const length = values.length / (shape[0] ?? 1);
  const chosen = new Float32Array(rows.length * length);
  rows.forEach((row, index) => {
    chosen.set(values.subarray(row * length, (row + 1) * length), index * length);
  });
  return { shape: [rows.length, ...shape.slice(1)], values: chosen };
}
