/** Floating-point formats of weight files, little-endian. */
export const FLOAT_FORMATS = ['F64', 'F32', 'F16', 'BF16'] as const;
export type FloatFormat = (typeof FLOAT_FORMATS)[number];

/**
 * Converts little-endian floats to float32; F64 is rounded to nearest, the others are exact.
 * @param bytes a whole number of elements, starting at offset 0 of its buffer
 */
export function floatsToFloat32(
  format: FloatFormat,
  bytes: Uint8Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  switch (format) {
    case 'F32':
      return new Float32Array(bytes.buffer, 0, bytes.byteLength / 4);
    case 'F64':
      return Float32Array.from(new Float64Array(bytes.buffer, 0, bytes.byteLength / 8));
    case 'BF16':
      return fromBfloat16(new DataView(bytes.buffer, 0, bytes.byteLength));
    case 'F16':
      return fromHalf(new DataView(bytes.buffer, 0, bytes.byteLength));
  }
}

/** Reads the IEEE 754 half at a byte offset. */
export function readHalf(bytes: DataView, offset: number): number {
  return HALF_VALUES.getFloat32(4 * bytes.getUint16(offset, true), true);
}

// The float32 value of each of the 65,536 halves: a look-up is several times faster than taking bits apart.
const HALF_VALUES = halfValues();

function fromHalf(halves: DataView): Float32Array<ArrayBuffer> {
  const values = new Float32Array(halves.byteLength / 2);
  for (let i = 0; i < values.length; i++) values[i] = readHalf(halves, 2 * i);
  return values;
}

// A bfloat16 is the upper half of a float32.
function fromBfloat16(halves: DataView): Float32Array<ArrayBuffer> {
  const values = new Float32Array(halves.byteLength / 2);
  const words = new Uint32Array(values.buffer);
  for (let i = 0; i < words.length; i++) words[i] = halves.getUint16(2 * i, true) << 16;
  return values;
}

// IEEE 754-2008, binary16: 1 sign, 5 exponent, 10 fraction bits.
function halfValues(): DataView {
  const values = new DataView(new ArrayBuffer(4 * 65536));
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    let magnitude = (1024 + fraction) * 2 ** (exponent - 25);
    if (exponent === 0) magnitude = fraction * 2 ** -24;
    if (exponent === 31) magnitude = fraction === 0 ? Infinity : Number.NaN;
    values.setFloat32(4 * bits, sign * magnitude, true);
  }
  return values;
}
