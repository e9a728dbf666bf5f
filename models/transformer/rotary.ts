import type { Tensor3D } from '@tensorflow/tfjs-core';
import type { Rope, RopeScaling } from '../config.js';
import { add, chain, mul, sub, swapHalves } from '../operations.js';
import { tf } from '../tensorflow.js';

// N positions, H heads, D channels of a head. Channel j turns together with channel j + D/2, as in Hugging Face's layout.

/** Per position: the cosines, and the sines with the sign of the half they meet; both [N, 1, D]. */
export interface RotaryTable {
  cos: Tensor3D;
  sin: Tensor3D;
}

/**
 * Rotation of every position, times `scale` (attention's 1/√D is folded into the queries' table).
 * @param frequencies radians per token of each channel pair, [D/2]
 */
export function rotaryTable(
  positions: Int32Array,
  frequencies: readonly number[],
  { scale }: { scale: number },
): RotaryTable {
  const channels = 2 * frequencies.length;
  const cos = new Float32Array(positions.length * channels);
  const sin = new Float32Array(positions.length * channels);
  // A batch has many tokens at few positions, and a sine costs more than a copy.
  const seen = new Map<number, number>();
  positions.forEach((position, row) => {
    const from = seen.get(position);
    if (from === undefined) {
      seen.set(position, row);
      turn(position, { cos, sin, start: row * channels, frequencies, scale });
      return;
    }
    for (const table of [cos, sin]) table.copyWithin(row * channels, from * channels, (from + 1) * channels);
  });
  const shape: [number, number, number] = [positions.length, 1, channels];
  return { cos: tf.tensor3d(cos, shape), sin: tf.tensor3d(sin, shape) };
}

interface Turn {
  cos: Float32Array;
  sin: Float32Array;
  start: number;
  frequencies: readonly number[];
  scale: number;
}

function turn(position: number, { cos, sin, start, frequencies, scale }: Turn): void {
  const half = frequencies.length;
  frequencies.forEach((frequency, j) => {
    const first = start + j;
    const angle = position * frequency;
    cos[first] = cos[first + half] = scale * Math.cos(angle);
    sin[first] = -scale * Math.sin(angle);
    sin[first + half] = scale * Math.sin(angle);
  });
}

/** x [N, H, D] turned by its position (Su et al. 2021, eq. 34). */
export function rotate(x: Tensor3D, { cos, sin }: RotaryTable): Tensor3D {
  return tf.tidy(() => {
    const across = chain(swapHalves(x), (swapped) => mul(swapped, sin));
    return add(mul(x, cos), across);
  });
}

/** The rotation's transpose: the opposite angle, the same scale. */
export function rotateBackward(dy: Tensor3D, { cos, sin }: RotaryTable): Tensor3D {
  return tf.tidy(() => {
    const across = chain(swapHalves(dy), (swapped) => mul(swapped, sin));
    return sub(mul(dy, cos), across);
  });
}

/**
 * θ^(−2j/R) for each pair j of the R channels that turn, after the checkpoint's scaling for long contexts, and 0 for the
 * pairs that do not turn; [D/2].
 */
export function rotaryFrequencies(rope: Rope, headDim: number): number[] {
  const { theta, scaling, channels = headDim } = rope;
  const plain = Array.from({ length: channels / 2 }, (_, j) => theta ** ((-2 * j) / channels));
  const still = new Array<number>((headDim - channels) / 2).fill(0);
  return [...(scaling === undefined ? plain : scaled(plain, scaling)), ...still];
}

function scaled(plain: readonly number[], scaling: RopeScaling): number[] {
  if (scaling.type === 'linear') return plain.map((frequency) => frequency / scaling.factor);
  // Llama 3.1: long wavelengths are divided by the factor, short ones kept, those between blended.
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContextLength } = scaling;
  return plain.map((frequency) => {
    const turns = (originalContextLength * frequency) / (2 * Math.PI);
    const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return kept * frequency + ((1 - kept) * frequency) / factor;
  });
}
