import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Rank, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { flopCount } from '../../models/compute-meter.js';
import * as operations from '../../models/operations.js';
import { tf } from '../../models/tensorflow.js';
import { matMul } from '../../models/transformer/matmul.js';

const x = tf.tensor2d([0.5, 2, 3, 1, 0.25, 4], [2, 3]);
const y = tf.tensor2d([1, 0.125, 2, 5, 3, 0.5], [2, 3]);
const row = tf.tensor1d([1, 2, 4]);
const cube = tf.randomUniform<Rank.R3>([2, 3, 4], -1, 1, 'float32', 7);

describe('an operation called directly gives what tfjs gives', () => {
  const cases: Record<string, [() => Tensor, () => Tensor]> = {
    add: [() => operations.add(x, row), () => tf.add(x, row)],
    sub: [() => operations.sub(x, y), () => tf.sub(x, y)],
    mul: [() => operations.mul(x, row), () => tf.mul(x, row)],
    div: [() => operations.div(x, y), () => tf.div(x, y)],
    addNumber: [() => operations.addNumber(x, 0.1), () => tf.add(x, 0.1)],
    divNumber: [() => operations.divNumber(x, 3), () => tf.div(x, 3)],
    scale: [() => operations.scale(x, 0.1), () => tf.mul(x, 0.1)],
    square: [() => operations.square(x), () => tf.square(x)],
    sqrt: [() => operations.sqrt(x), () => tf.sqrt(x)],
    rsqrt: [() => operations.rsqrt(x), () => tf.rsqrt(x)],
    sigmoid: [() => operations.sigmoid(x), () => tf.sigmoid(x)],
    softmax: [() => operations.softmax(x), () => tf.softmax(x)],
    meanOfLast: [() => operations.meanOfLast(x), () => tf.mean(x, -1, true)],
    sumOfLast: [() => operations.sumOfLast(x), () => tf.sum(x, -1, true)],
    sumOfRows: [() => operations.sumOfRows(x), () => tf.sum(x, 0)],
    reshape: [() => operations.reshape(x, [3, 2]), () => tf.reshape(x, [3, 2])],
    transpose: [() => operations.transpose(cube, [2, 0, 1]), () => tf.transpose(cube, [2, 0, 1])],
    swapHalves: [
      () => operations.swapHalves(cube),
      () => tf.concat([tf.slice(cube, [0, 0, 2], [2, 3, 2]), tf.slice(cube, [0, 0, 0], [2, 3, 2])], 2),
    ],
    gatherRows: [
      () => operations.gatherRows(cube, tf.tensor1d([1, 0, 1], 'int32')),
      () => tf.gather(cube, tf.tensor1d([1, 0, 1], 'int32')),
    ],
    sumInto: [
      () => operations.sumInto(x, tf.tensor1d([3, 3], 'int32'), 4),
      () => tf.unsortedSegmentSum(x, tf.tensor1d([3, 3], 'int32'), 4),
    ],
  };
  test.each(Object.entries(cases))('%s', (_, [ours, theirs]) => {
    tf.tidy(() => {
      const [found, expected] = [ours(), theirs()];
      expect(found.shape).toEqual(expected.shape);
      expect(found.dataSync()).toEqual(expected.dataSync());
    });
  });
});

describe('a product', () => {
  const sides = [false, true].flatMap((a) => [false, true].map((b) => ({ transposeA: a, transposeB: b })));

  // The first is small enough for one kernel, the second for the other.
  test.each([
    { rows: 7, inner: 12, columns: 5 },
    { rows: 160, inner: 128, columns: 96 },
  ])('is the sum of products, whatever is swapped: $rows×$inner×$columns', ({ rows, inner, columns }) => {
    for (const { transposeA, transposeB } of sides) {
      tf.tidy(() => {
        const a = tf.randomUniform<Rank.R2>(transposeA ? [inner, rows] : [rows, inner], -1, 1, 'float32', 1);
        const b = tf.randomUniform<Rank.R2>(
          transposeB ? [columns, inner] : [inner, columns],
          -1,
          1,
          'float32',
          2,
        );
        const count = flopCount();
        const found = matMul(a, b, count, { transposeA, transposeB });
        expect(found.shape).toEqual([rows, columns]);
        expect(count.flops).toBe(2 * rows * inner * columns);
        const [left, right] = [a.arraySync(), b.arraySync()];
        const at = (i: number, k: number) => (transposeA ? left[k]?.[i] : left[i]?.[k]) ?? Number.NaN;
        const bt = (k: number, j: number) => (transposeB ? right[j]?.[k] : right[k]?.[j]) ?? Number.NaN;
        const values = found.arraySync();
        for (const [i, j] of [
          [0, 0],
          [rows - 1, columns - 1],
          [2, 3],
        ] as const) {
          let sum = 0;
          for (let k = 0; k < inner; k++) sum += at(i, k) * bt(k, j);
          expect(values[i]?.[j]).toBeCloseTo(sum, 4);
        }
      });
    }
  });

  test('goes over leading axes one by one', () => {
    tf.tidy(() => {
      const found = matMul(cube, cube, flopCount(), { transposeB: true });
      expect(found.shape).toEqual([2, 3, 3]);
      const first = tf.reshape<Rank.R2>(tf.slice(cube, 0, 1), [3, 4]);
      const alone = matMul(first, first, flopCount(), { transposeB: true });
      expect(tf.slice(found, 0, 1).dataSync()).toEqual(alone.dataSync());
    });
  });
});

// Without the setting in tensorflow.ts this ends in a corrupted heap.
test('small products survive the signals of a profiler', () => {
  const folder = mkdtempSync(join(tmpdir(), 'crossover-profile-'));
  const script = fileURLToPath(new URL('many-products.ts', import.meta.url));
  const program = `import { runnerImport } from 'vite';
    const { module } = await runnerImport(${JSON.stringify(script)}, { oxc: { target: 'es2022' } });
    process.stdout.write(String(module.manyProducts(4000)));`;
  const profiler = ['--cpu-prof', '--cpu-prof-interval', '100', '--cpu-prof-dir', folder];
  try {
    const count = execFileSync(process.execPath, [...profiler, '--input-type=module', '-e', program], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(Number(count)).toBeGreaterThan(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);

test('operations leave no tensor behind, but the lists of integers they need again', () => {
  const work = () =>
    tf.tidy(() => {
      operations.addNumber(operations.swapHalves(operations.reshape<Tensor2D>(x, [3, 2])), 1);
      operations.gatherRows(x, tf.tensor1d([0], 'int32'));
      operations.sumInto(x, tf.tensor1d([0, 1], 'int32'), 2);
    });
  work();
  const before = tf.memory().numTensors;
  work();
  expect(tf.memory().numTensors).toBe(before);
});

test('lists of integers are bounded, whatever shapes there are', () => {
  const before = tf.memory().numTensors;
  for (let rows = 1; rows <= 3000; rows++) {
    tf.tidy(() => {
      operations.reshape(tf.zeros([rows]), [rows, 1]);
    });
  }
  expect(tf.memory().numTensors - before).toBeLessThanOrEqual(1024);
});
