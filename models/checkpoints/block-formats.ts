import { type FloatFormat, floatsToFloat32, readHalf } from './float-formats.js';

/** A storage format of GGUF tensors: rows of blocks, each of a fixed number of values and bytes. */
export interface BlockFormat {
  name: string;
  valuesPerBlock: number;
  bytesPerBlock: number;
  /** @param bytes whole blocks, starting at offset 0 of their buffer */
  toFloat32(bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer>;
}

/**
 * Formats by their number in a GGUF header. Block layouts are those of ggml (ggml-common.h, ggml-quants.c); below,
 * d is a block's scale, m its minimum, both halves unless said otherwise, and q an unsigned integer of few bits.
 */
export const BLOCK_FORMATS: ReadonlyMap<number, BlockFormat> = new Map([
  [0, plain('F32', 4)],
  [1, plain('F16', 2)],
  [28, plain('F64', 8)],
  [30, plain('BF16', 2)],
  [2, blocks('Q4_0', { values: 32, bytes: 18 }, q4_0)],
  [3, blocks('Q4_1', { values: 32, bytes: 20 }, q4_1)],
  [6, blocks('Q5_0', { values: 32, bytes: 22 }, q5_0)],
  [7, blocks('Q5_1', { values: 32, bytes: 24 }, q5_1)],
  [8, blocks('Q8_0', { values: 32, bytes: 34 }, q8_0)],
  [12, blocks('Q4_K', { values: 256, bytes: 144 }, q4_K)],
  [13, blocks('Q5_K', { values: 256, bytes: 176 }, q5_K)],
  [14, blocks('Q6_K', { values: 256, bytes: 210 }, q6_K)],
]);

/** Writes the values of one block: `from` is the block's first byte, `to` its first value. */
type Dequantise = (bytes: DataView, from: number, values: Float32Array, to: number) => void;

function plain(name: FloatFormat, bytesPerBlock: number): BlockFormat {
  return { name, valuesPerBlock: 1, bytesPerBlock, toFloat32: (bytes) => floatsToFloat32(name, bytes) };
}

function blocks(name: string, size: { values: number; bytes: number }, dequantise: Dequantise): BlockFormat {
  return {
    name,
    valuesPerBlock: size.values,
    bytesPerBlock: size.bytes,
    toFloat32(bytes) {
      const count = bytes.byteLength / size.bytes;
      const view = new DataView(bytes.buffer, 0, bytes.byteLength);
      const values = new Float32Array(count * size.values);
      for (let block = 0; block < count; block++) {
        dequantise(view, block * size.bytes, values, block * size.values);
      }
      return values;
    },
  };
}

// d, 16 bytes: value i in the low four bits of byte i, value i + 16 in the high four. x = d (q − 8)
function q4_0(bytes: DataView, from: number, values: Float32Array, to: number): void {
  const d = readHalf(bytes, from);
  for (let i = 0; i < 16; i++) {
    const pair = bytes.getUint8(from + 2 + i);
    values[to + i] = d * ((pair & 15) - 8);
    values[to + 16 + i] = d * ((pair >> 4) - 8);
  }
}

// d, m, 16 bytes as in Q4_0. x = d q + m
function q4_1(bytes: DataView, from: number, values: Float32Array, to: number): void {
  const d = readHalf(bytes, from);
  const m = readHalf(bytes, from + 2);
  for (let i = 0; i < 16; i++) {
    const pair = bytes.getUint8(from + 4 + i);
    values[to + i] = d * (pair & 15) + m;
    values[to + 16 + i] = d * (pair >> 4) + m;
  }
}

// d, 32 fifth bits, 16 bytes as in Q4_0. x = d (q − 16)
function q5_0(bytes: DataView, from: number, values: Float32Array, to: number): void {
  const d = readHalf(bytes, from);
  const fifth = bytes.getUint32(from + 2, true);
  for (let i = 0; i < 16; i++) {
    const pair = bytes.getUint8(from + 6 + i);
    values[to + i] = d * (((pair & 15) | (((fifth >>> i) & 1) << 4)) - 16);
    values[to + 16 + i] = d * (((pair >> 4) | (((fifth >>> (i + 16)) & 1) << 4)) - 16);
  }
}

// d, m, 32 fifth bits, 16 bytes as in Q4_0. x = d q + m
function q5_1(bytes: DataView, from: number, values: Float32Array, to: number): void {
  const d = readHalf(bytes, from);
  const m = readHalf(bytes, from + 2);
  const fifth = bytes.getUint32(from + 4, true);
  for (let i = 0; i < 16; i++) {
    const pair = bytes.getUint8(from + 8 + i);
    values[to + i] = d * ((pair & 15) | (((fifth >>> i) & 1) << 4)) + m;
    values[to + 16 + i] = d * ((pair >> 4) | (((fifth >>> (i + 16)) & 1) << 4)) + m;
  }
}

// d, 32 signed bytes. x = d q
function q8_0(bytes: DataView, from: number, values: Float32Array, to: number): void {
  const d = readHalf(bytes, from);
  for (let i = 0; i < 32; i++) values[to + i] = d * bytes.getInt8(from + 2 + i);
}

// d, dmin, 12 bytes of six-bit scales and minima for eight groups of 32 values, 128 bytes of nibbles:
// of each 32 bytes, the low nibbles are one group, the high nibbles the next. x = d·scale·q − dmin·minimum
function q4_K(bytes: DataView, from: number, values: Float32Array, to: number): void {
  for (let group = 0; group < 8; group++) {
    const { scale, minimum } = groupScale(bytes, from, group);
    const nibbles = from + 16 + 32 * (group >> 1);
    const shift = 4 * (group & 1);
    for (let i = 0; i < 32; i++) {
      values[to + 32 * group + i] = scale * ((bytes.getUint8(nibbles + i) >> shift) & 15) - minimum;
    }
  }
}

// As Q4_K, with 32 bytes of fifth bits before the nibbles: bit g of byte i belongs to value i of group g.
function q5_K(bytes: DataView, from: number, values: Float32Array, to: number): void {
  for (let group = 0; group < 8; group++) {
    const { scale, minimum } = groupScale(bytes, from, group);
    const nibbles = from + 48 + 32 * (group >> 1);
    const shift = 4 * (group & 1);
    for (let i = 0; i < 32; i++) {
      const fifth = (bytes.getUint8(from + 16 + i) >> group) & 1;
      const q = ((bytes.getUint8(nibbles + i) >> shift) & 15) | (fifth << 4);
      values[to + 32 * group + i] = scale * q - minimum;
    }
  }
}

// 128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 signed scales, d. Each half of the block has 64 nibble
// bytes and 32 bytes of pairs for four groups of 32 values; a scale covers 16 values. x = d·scale (q − 32)
function q6_K(bytes: DataView, from: number, values: Float32Array, to: number): void {
  const d = readHalf(bytes, from + 208);
  for (let group = 0; group < 8; group++) {
    const half = group >> 2;
    const quarter = group & 3;
    const nibbles = from + 64 * half + 32 * (quarter & 1);
    const pairs = from + 128 + 32 * half;
    for (let i = 0; i < 32; i++) {
      const low = (bytes.getUint8(nibbles + i) >> (4 * (quarter >> 1))) & 15;
      const high = (bytes.getUint8(pairs + i) >> (2 * quarter)) & 3;
      const scale = bytes.getInt8(from + 192 + 2 * group + (i >> 4));
      values[to + 32 * group + i] = d * scale * ((low | (high << 4)) - 32);
    }
  }
}

// Groups 0–3 have their six bits in bytes 0–3 (scales) and 4–7 (minima); groups 4–7 have four bits in bytes 8–11
// (low nibble scale, high nibble minimum) and their upper two in the top of bytes 0–3 and 4–7.
function groupScale(bytes: DataView, from: number, group: number): { scale: number; minimum: number } {
  const packed = from + 4;
  const row = group & 3;
  const scaleByte = bytes.getUint8(packed + row);
  const minimumByte = bytes.getUint8(packed + 4 + row);
  const rest = bytes.getUint8(packed + 8 + row);
  const scale = group < 4 ? scaleByte & 63 : (rest & 15) | ((scaleByte >> 6) << 4);
  const minimum = group < 4 ? minimumByte & 63 : (rest >> 4) | ((minimumByte >> 6) << 4);
  return { scale: readHalf(bytes, from) * scale, minimum: readHalf(bytes, from + 2) * minimum };
}
