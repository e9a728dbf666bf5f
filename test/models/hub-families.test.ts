import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileBytes } from '../../models/checkpoints/byte-source.js';
import type { TensorValues } from '../../models/checkpoints/checkpoint.js';
import { readCheckpoint } from '../../models/checkpoints/read-checkpoint.js';
import { openSafetensors } from '../../models/checkpoints/safetensors.js';
import { resolveModel } from '../../models/sources/resolve-model.js';
import { dataFolder } from './checkpoint-fixtures.js';
import { fixture, tinyModels } from './fixtures.js';
import { startHubStandIn } from './hub-stand-in.js';

let cacheFolder: string;
beforeEach(() => {
  cacheFolder = mkdtempSync(join(tmpdir(), 'crossover-families-'));
});
afterEach(() => rmSync(cacheFolder, { recursive: true }));

/** A half-width format, and the float32 numbers that it holds exactly. */
interface HalfFormat {
  dtype: 'BF16' | 'F16';
  /** The nearest number towards zero that the format has. */
  exact(value: number): number;
  bits(exact: number): number;
}

const bfloat16: HalfFormat = {
  dtype: 'BF16',
  exact: (value) => withBits(bitsOf(value) & 0xffff0000),
  bits: (exact) => bitsOf(exact) >>> 16,
};

const SMALLEST_NORMAL_HALF = 2 ** -14;
const half: HalfFormat = {
  dtype: 'F16',
  exact: (value) => (Math.abs(value) < SMALLEST_NORMAL_HALF ? 0 : withBits(bitsOf(value) & 0xffffe000)),
  bits(exact) {
    if (exact === 0) return 0;
    const bits = bitsOf(exact);
    // Exponents are counted from −127 in float32 and from −15 in a half.
    return ((bits >>> 16) & 0x8000) | ((((bits >>> 23) & 0xff) - 112) << 10) | ((bits >>> 13) & 0x3ff);
  },
};

describe.each(tinyModels)('%s from a hub', (name) => {
  const folder = fixture(name);
  const source = openSafetensors(fileBytes(join(folder, 'model.safetensors')));
  const names = [...source.shapes.keys()].sort();
  const shards = [
    {
      file: 'model-00001-of-00002.safetensors',
      format: bfloat16,
      names: names.filter((_, i) => i % 2 === 0),
    },
    { file: 'model-00002-of-00002.safetensors', format: half, names: names.filter((_, i) => i % 2 === 1) },
  ];

  test('in two shards, bfloat16 and halves, reads as the same numbers in float32', async () => {
    const index = Object.fromEntries(shards.flatMap(({ file, names }) => names.map((own) => [own, file])));
    const files = new Map([
      ['config.json', readFileSync(join(folder, 'config.json'))],
      ['model.safetensors.index.json', Buffer.from(JSON.stringify({ weight_map: index }))],
      ...shards.map(({ file, format, names }): [string, Buffer] => [file, shardBytes(names, format)]),
    ]);
    const commit = '0123456789abcdef0123456789abcdef01234567';
    await using hub = await startHubStandIn({ repository: 'owner/tiny', commit, branch: 'main', files });
    const location = await resolveModel('owner/tiny', { cacheFolder, dataFolder, hub });
    const found = await readCheckpoint(location);
    const whole = await readCheckpoint({ format: 'safetensors', name, folder });
    expect(found.tensorNames).toEqual(whole.tensorNames);
    for (const own of whole.tensorNames) {
      const { values } = whole.read(own);
      const read = [...found.read(own).values];
      const candidates = shards.map(({ format }) => [...values].map((value) => format.exact(value)));
      expect(candidates, own).toContainEqual(read);
    }
  });

  function shardBytes(own: readonly string[], { dtype, exact, bits }: HalfFormat): Buffer {
    let end = 0;
    const tensors = own.map((name): [string, TensorValues] => [name, source.read(name)]);
    const header = tensors.map(([name, { shape, values }]) => {
      const begin = end;
      end += 2 * values.length;
      return [name, { dtype, shape, data_offsets: [begin, end] }];
    });
    const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    const data = Uint16Array.from(
      tensors.flatMap(([, { values }]) => [...values].map((v) => bits(exact(v)))),
    );
    return Buffer.concat([length, json, Buffer.from(data.buffer)]);
  }
});

const word = new DataView(new ArrayBuffer(4));

function bitsOf(value: number): number {
  word.setFloat32(0, value);
  return word.getUint32(0);
}

function withBits(bits: number): number {
  word.setUint32(0, bits >>> 0);
  return word.getFloat32(0);
}
