import { z } from 'zod';
import type { ByteSource } from './byte-source.js';
import type { TensorValues } from './checkpoint.js';
import { FLOAT_FORMATS, type FloatFormat, floatsToFloat32 } from './float-formats.js';

/** A parsed safetensors file: an eight-byte length, a JSON header, then the tensors' bytes without gaps. */
export interface Safetensors {
  metadata: Record<string, string>;
  /** Tensor name → shape, in the order of the data. */
  shapes: ReadonlyMap<string, number[]>;
  /** Reads one tensor as float32 from F64, F32, F16 or BF16. */
  read(name: string): TensorValues;
}

/**
 * Parses the header of a safetensors file and checks that it describes exactly the bytes there are: known dtypes,
 * shape × dtype = range, ranges sorted, without overlap or gap, ending at the end of the file.
 * @see https://huggingface.co/docs/safetensors (format; header of at most 100 MB)
 * @throws naming file, tensor, bytes found and bytes expected
 */
export function openSafetensors(source: ByteSource): Safetensors {
  const { header, dataStart } = readHeader(source);
  const metadata = parseMetadata(header.__metadata__, source.place);
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => parseEntry(name, value, source.place))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCoverage(entries, source.size - dataStart, source.place);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return {
    metadata,
    shapes: new Map(entries.map(({ name, shape }) => [name, shape])),
    read(name) {
      const entry = byName.get(name);
      if (entry === undefined) throw new Error(`${source.place}: there is no tensor ${name}`);
      const format = floatFormat(entry, source.place);
      const bytes = source.read(dataStart + entry.begin, entry.end - entry.begin, `tensor ${name}`);
      return { shape: [...entry.shape], values: floatsToFloat32(format, bytes) };
    },
  };
}

export interface NamedTensor extends TensorValues {
  name: string;
}

/**
 * Serialises float32 tensors. The same tensors and metadata give the same bytes, whatever their order: names and
 * metadata keys are sorted, the header is padded with spaces to a multiple of eight bytes.
 */
export function safetensorsBytes(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const sorted = [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1));
  const metadataEntries = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const header = new Map<string, unknown>();
  if (metadataEntries.length > 0) header.set('__metadata__', Object.fromEntries(metadataEntries));
  let end = 0;
  for (const { name, shape, values } of sorted) {
    checkWritable({ name, shape, values }, header);
    header.set(name, { dtype: 'F32', shape, data_offsets: [end, end + values.byteLength] });
    end += values.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(json.byteLength / 8) * 8;
  const bytes = new Uint8Array(8 + headerBytes + end).fill(0x20, 8, 8 + headerBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.set(json, 8);
  let offset = 8 + headerBytes;
  for (const { values } of sorted) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    offset += values.byteLength;
  }
  return bytes;
}

const LARGEST_HEADER = 100_000_000;
const DTYPE_BITS: Readonly<Record<string, number>> = {
  ...{ F64: 64, F32: 32, F16: 16, BF16: 16, F8_E4M3: 8, F8_E5M2: 8 },
  ...{ I64: 64, U64: 64, I32: 32, U32: 32, I16: 16, U16: 16, I8: 8, U8: 8, BOOL: 8 },
};

const Entry = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
});

interface TensorEntry {
  name: string;
  dtype: string;
  shape: number[];
  begin: number;
  end: number;
}

function readHeader(source: ByteSource): { header: Record<string, unknown>; dataStart: number } {
  const prefix = source.read(0, 8, 'the header length');
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  const largest = Math.min(LARGEST_HEADER, source.size - 8);
  if (length > BigInt(largest)) {
    throw new Error(
      `${source.place}: header length is ${length} bytes, expected at most ${largest}; this is not a safetensors file, or it is truncated`,
    );
  }
  const bytes = source.read(8, Number(length), 'the header');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return {
      header: z.record(z.string(), z.unknown()).parse(JSON.parse(text)),
      dataStart: 8 + Number(length),
    };
  } catch (cause) {
    throw new Error(`${source.place}: the header is not a JSON object in UTF-8; fetch the file anew`, {
      cause,
    });
  }
}

function parseMetadata(value: unknown, place: string): Record<string, string> {
  const parsed = z.record(z.string(), z.string()).safeParse(value ?? {});
  if (!parsed.success)
    throw new Error(`${place}: __metadata__ holds ${JSON.stringify(value)}, expected texts by name`);
  return parsed.data;
}

function parseEntry(name: string, value: unknown, place: string): TensorEntry {
  const parsed = Entry.safeParse(value);
  if (!parsed.success) {
    throw new Error(
      `${place}: tensor ${name} is described as ${JSON.stringify(value)}, expected {dtype, shape, data_offsets: [begin, end]}`,
    );
  }
  const { dtype, shape, data_offsets } = parsed.data;
  const [begin, end] = data_offsets;
  const bits = DTYPE_BITS[dtype];
  if (bits === undefined) {
    throw new Error(
      `${place}: tensor ${name} has dtype ${dtype}, expected one of ${Object.keys(DTYPE_BITS).join(', ')}`,
    );
  }
  const needed = (shape.reduce((product, size) => product * size, 1) * bits) / 8;
  if (end - begin !== needed) {
    throw new Error(
      `${place}: tensor ${name} (${dtype}, shape [${shape}]) takes ${needed} bytes, its range ${begin}–${end} has ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

function checkCoverage(entries: readonly TensorEntry[], dataBytes: number, place: string): void {
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== covered) {
      const problem = begin < covered ? 'overlaps the tensor before it' : 'leaves a gap before it';
      throw new Error(`${place}: tensor ${name} begins at byte ${begin}, expected ${covered}; it ${problem}`);
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    const last = entries.at(-1)?.name ?? 'none';
    throw new Error(
      `${place}: tensors end at byte ${covered} (last tensor ${last}), the file holds ${dataBytes} bytes of data; it is truncated or has foreign bytes at its end, fetch it anew`,
    );
  }
}

function floatFormat(entry: TensorEntry, place: string): FloatFormat {
  const format = FLOAT_FORMATS.find((known) => known === entry.dtype);
  if (format !== undefined) return format;
  throw new Error(
    `${place}: tensor ${entry.name} has dtype ${entry.dtype}, expected one of ${FLOAT_FORMATS.join(', ')}`,
  );
}

function checkWritable(tensor: NamedTensor, written: ReadonlyMap<string, unknown>): void {
  const { name, shape, values } = tensor;
  if (written.has(name) || name === '__metadata__')
    throw new Error(`Two entries of a safetensors file are named ${name}`);
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== values.length) {
    throw new Error(`Tensor ${name} of shape [${shape}] needs ${count} values, found ${values.length}`);
  }
}
