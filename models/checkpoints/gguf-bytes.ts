import type { NamedTensor } from './safetensors.js';

/** Metadata of a GGUF file that is written: texts, and whole numbers as 32-bit unsigned ones. */
export type GgufMetadata = Readonly<Record<string, string | number>>;

/**
 * Serialises float32 tensors as a GGUF file of version 3, little-endian, keys and tensors in the order given.
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (layout; types 4 UINT32, 8 STRING; tensor type 0 F32)
 */
export function ggufBytes(metadata: GgufMetadata, tensors: readonly NamedTensor[]): Uint8Array<ArrayBuffer> {
  const header = new LittleEndian();
  header.bytes(new TextEncoder().encode('GGUF')).uint32(3);
  header.uint64(tensors.length).uint64(Object.keys(metadata).length);
  for (const [key, value] of Object.entries(metadata)) {
    header.text(key);
    if (typeof value === 'string') header.uint32(TEXT).text(value);
    else header.uint32(UINT32).uint32(value);
  }
  let offset = 0;
  for (const { name, shape, values } of tensors) {
    header.text(name).uint32(shape.length);
    // GGUF gives the fastest dimension first.
    for (const size of shape.toReversed()) header.uint64(size);
    header.uint32(F32).uint64(offset);
    offset = aligned(offset + values.byteLength);
  }
  header.pad();
  for (const { values } of tensors)
    header.bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)).pad();
  return header.whole();
}

const UINT32 = 4;
const TEXT = 8;
const F32 = 0;
/** `general.alignment` of a file that does not state another. */
const ALIGNMENT = 32;

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

/** Bytes that grow at their end. */
class LittleEndian {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  bytes(part: Uint8Array): this {
    this.#parts.push(part);
    this.#length += part.byteLength;
    return this;
  }

  uint32(value: number): this {
    const part = new DataView(new ArrayBuffer(4));
    part.setUint32(0, value, true);
    return this.bytes(new Uint8Array(part.buffer));
  }

  uint64(value: number): this {
    const part = new DataView(new ArrayBuffer(8));
    part.setBigUint64(0, BigInt(value), true);
    return this.bytes(new Uint8Array(part.buffer));
  }

  text(value: string): this {
    const part = new TextEncoder().encode(value);
    return this.uint64(part.byteLength).bytes(part);
  }

  pad(): this {
    return this.bytes(new Uint8Array(aligned(this.#length) - this.#length));
  }

  whole(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#length);
    let offset = 0;
    for (const part of this.#parts) {
      whole.set(part, offset);
      offset += part.byteLength;
    }
    return whole;
  }
}
