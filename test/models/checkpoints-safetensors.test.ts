import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { memoryBytes } from '../../models/checkpoints/byte-source.js';
import { openSafetensors, safetensorsBytes } from '../../models/checkpoints/safetensors.js';
import { fixtures } from './checkpoint-fixtures.js';

const values = (...numbers: number[]) => Float32Array.from(numbers);
const open = (bytes: Uint8Array) => openSafetensors(memoryBytes(bytes, 'x.safetensors'));

/** A file with an arbitrary header and this many bytes of zeros as data. */
function fileOf(header: unknown, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const f32 = (shape: number[], begin: number, end: number) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

test('a file of the reference implementation, read and written again, is the same bytes', () => {
  const original = readFileSync(join(fixtures, 'tiny-llama', 'model.safetensors'));
  const file = open(original);
  const tensors = [...file.shapes.keys()].reverse().map((name) => ({ name, ...file.read(name) }));
  expect(Buffer.from(safetensorsBytes(tensors, file.metadata)).equals(original)).toBe(true);
});

test('what is written is read back, in any order, down to empty and scalar tensors', () => {
  const tensors = [
    { name: 'b', shape: [2, 2], values: values(1, -0, Number.NaN, Infinity) },
    { name: 'scalar', shape: [], values: values(7) },
    { name: 'empty', shape: [0, 3], values: values() },
    { name: 'ünï', shape: [1], values: values(1e-45) },
  ];
  const metadata = { zeta: '1', alpha: 'β' };
  const bytes = safetensorsBytes(tensors, metadata);
  const file = open(bytes);
  expect(file.metadata).toEqual(metadata);
  for (const { name, shape, values } of tensors) expect(file.read(name)).toEqual({ shape, values });
  expect(safetensorsBytes([...tensors].reverse(), { alpha: 'β', zeta: '1' })).toEqual(bytes);
  expect(bytes.length % 4).toBe(0);
});

test('doubles, halves and bfloat16 become float32', () => {
  const header = {
    d: { dtype: 'F64', shape: [1], data_offsets: [0, 8] },
    h: { dtype: 'F16', shape: [2], data_offsets: [8, 12] },
    b: { dtype: 'BF16', shape: [2], data_offsets: [12, 16] },
  };
  const bytes = fileOf(header, 16);
  const data = new DataView(bytes.buffer, bytes.length - 16);
  data.setFloat64(0, 0.1, true);
  for (const [i, bits] of [0x3c00, 0x8001, 0x3f80, 0xc049].entries()) data.setUint16(8 + 2 * i, bits, true);
  expect(open(bytes).read('d').values).toEqual(values(Math.fround(0.1)));
  expect(open(bytes).read('h').values).toEqual(values(1, -(2 ** -24)));
  expect(open(bytes).read('b').values).toEqual(values(1, -3.140625));
});

test.each<[string, Uint8Array, RegExp]>([
  ['is empty', new Uint8Array(0), /the header length needs 8 bytes at 0, the file has 0 bytes/],
  [
    'has a header longer than itself',
    fileOf('{}', 0).slice(0, 9),
    /header length is 2 bytes, expected at most 1/,
  ],
  ['has no JSON', fileOf('nonsense', 0), /header is not a JSON object/],
  ['has an array as header', fileOf([1], 0), /header is not a JSON object/],
  [
    'lacks its last bytes',
    fileOf({ a: f32([2], 0, 8) }, 5),
    /tensors end at byte 8 \(last tensor a\).* 5 bytes/,
  ],
  [
    'has bytes at its end',
    fileOf({ a: f32([2], 0, 8) }, 12),
    /tensors end at byte 8.*holds 12 bytes of data/,
  ],
  [
    'has a gap',
    fileOf({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12),
    /tensor b begins at byte 8, expected 4.*gap/,
  ],
  [
    'overlaps',
    fileOf({ a: f32([2], 0, 8), b: f32([1], 4, 8) }, 8),
    /tensor b begins at byte 4, expected 8.*overlaps/,
  ],
  [
    'lies about a shape',
    fileOf({ a: f32([3], 0, 8) }, 8),
    /tensor a \(F32, shape \[3\]\) takes 12 bytes.*has 8/,
  ],
  [
    'has an unknown dtype',
    fileOf({ a: { ...f32([2], 0, 8), dtype: 'X' } }, 8),
    /tensor a has dtype X, expected one/,
  ],
  ['has a negative size', fileOf({ a: f32([-1], 0, 4) }, 4), /tensor a is described as .*expected \{dtype/],
  [
    'has metadata that is no text',
    fileOf({ __metadata__: { a: 1 } }, 0),
    /__metadata__ holds \{"a":1\}, expected/,
  ],
])('a file that %s is refused, naming file, tensor and bytes', (_, bytes, message) => {
  expect(() => open(bytes)).toThrow(message);
  expect(() => open(bytes)).toThrow(/^x\.safetensors: /);
});

test('integer tensors may lie in a file but cannot be read as weights', () => {
  const file = open(fileOf({ steps: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, 8));
  expect(() => file.read('steps')).toThrow(
    'x.safetensors: tensor steps has dtype I64, expected one of F64, F32, F16, BF16',
  );
  expect(() => file.read('other')).toThrow('x.safetensors: there is no tensor other');
});

test('tensors that a file could not describe are not written', () => {
  const one = { name: 'a', shape: [2], values: values(1, 2) };
  expect(() => safetensorsBytes([one, one])).toThrow('Two entries of a safetensors file are named a');
  expect(() => safetensorsBytes([{ ...one, shape: [3] }])).toThrow(
    'Tensor a of shape [3] needs 3 values, found 2',
  );
});
