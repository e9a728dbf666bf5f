import { createHash } from 'node:crypto';
import type { Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { gatherRows, reshape, sumInto } from '../operations.js';
import { tf } from '../tensorflow.js';
import type { Intervention } from '../treatment.js';
import type { BatchTensors, Sight } from './batch-tensors.js';
import type { RotaryTable } from './rotary.js';

// B rows, T width, N = B·T positions of a batch; A positions asked for in every row, M = B·A; S key positions; C hidden.

/**
 * The positions whose states are read after the last block. That block needs keys and values of all positions, and all
 * else of these only.
 */
export interface AskedPositions {
  rows: number;
  /** A. */
  width: number;
  /** Where they lie in the batch, [M]; undefined when they are all of its positions. */
  index: Tensor1D | undefined;
  mask: Tensor4D; // [B, 1, A, S]
  queryRotation: RotaryTable;
  near?: Pick<Sight, 'mask' | 'queryRotation'>;
  /** Equal for equal positions. */
  key: string;
  /** The queries, each with its place among the asked positions for its place in the batch. */
  moved<Q extends { position: number }>(queries: readonly Q[]): Q[];
}

/** The positions that queries ask at; all of the batch, when an intervention on the last block reads the text so far. */
export function askedPositions(
  batch: BatchTensors,
  queries: readonly { position: number }[],
  { blocks, interventions }: { blocks: readonly unknown[]; interventions: readonly Intervention[] },
): AskedPositions {
  const readsAll = interventions.some(
    ({ kind, layer }) => kind === 'gated-add' && layer === blocks.length - 1,
  );
  const byRow = positionsByRow(batch, queries);
  const width = Math.max(1, ...byRow.map(({ length }) => length));
  if (readsAll || width === batch.width)
    return { ...batch, index: undefined, key: '', moved: (all) => [...all] };
  // A row that is asked at fewer positions computes its last once more, and a row without any its first position.
  const filled = byRow.flatMap((own, row) =>
    Array.from({ length: width }, (_, i) => own[i] ?? own.at(-1) ?? row * batch.width),
  );
  const places = new Map<number, number>();
  for (const [place, position] of filled.entries()) if (!places.has(position)) places.set(position, place);
  const positions = Int32Array.from(filled);
  const index = tf.tensor1d(positions, 'int32');
  return {
    rows: batch.rows,
    width,
    index,
    ...sightAsked(batch, index, batch),
    ...(batch.near && { near: sightAsked(batch.near, index, batch) }),
    key: createHash('sha256').update(positions).digest('hex'),
    moved: (all) => all.map((query) => ({ ...query, position: placeOf(query.position, places) })),
  };
}

/** The states at the asked positions: [N, C] → [M, C]. */
export function statesAsked(x: Tensor2D, asked: AskedPositions | undefined): Tensor2D {
  return asked?.index === undefined ? x : gatherRows(x, asked.index);
}

/** The transpose of `statesAsked`: gradients put where they belong, zeros elsewhere, [M, C] → [N, C]. */
export function spread(
  d: Tensor2D,
  asked: AskedPositions | undefined,
  { rows, width }: BatchTensors,
): Tensor2D {
  return asked?.index === undefined ? d : sumInto(d, asked.index, rows * width);
}

/** What the queries at some positions of a batch see. @param index [M] */
function sightAsked(
  { mask, queryRotation: { cos, sin } }: Pick<Sight, 'mask' | 'queryRotation'>,
  index: Tensor1D,
  { rows, width }: Pick<BatchTensors, 'rows' | 'width'>,
): Pick<Sight, 'mask' | 'queryRotation'> {
  const keys = mask.shape[3];
  const rowsOfMask = gatherRows(reshape<Tensor2D>(mask, [rows * width, keys]), index);
  return {
    mask: reshape<Tensor4D>(rowsOfMask, [rows, 1, index.size / rows, keys]),
    queryRotation: { cos: gatherRows<Tensor3D>(cos, index), sin: gatherRows<Tensor3D>(sin, index) },
  };
}

/** The distinct positions of each row, ascending. */
function positionsByRow({ rows, width }: BatchTensors, queries: readonly { position: number }[]): number[][] {
  const byRow = Array.from({ length: rows }, () => new Set<number>());
  for (const { position } of queries) byRow[Math.floor(position / width)]?.add(position);
  return byRow.map((own) => [...own].sort((a, b) => a - b));
}

function placeOf(position: number, places: ReadonlyMap<number, number>): number {
  const place = places.get(position);
  if (place === undefined) throw new Error(`position ${position} was not asked for`);
  return place;
}
