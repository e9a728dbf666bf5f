import { flopCount } from '../../models/compute-meter.js';
import { tf } from '../../models/tensorflow.js';
import { matMul } from '../../models/transformer/matmul.js';

/** Small products of a training step's shapes, for so many milliseconds; how many there were. */
export function manyProducts(milliseconds: number): number {
  const shapes = [
    [672, 24, 24],
    [672, 24, 48],
    [32, 24, 90],
  ] as const;
  const operands = shapes.map(
    ([rows, inner, columns]) => [tf.ones([rows, inner]), tf.ones([inner, columns])] as const,
  );
  const end = performance.now() + milliseconds;
  const flops = flopCount();
  let count = 0;
  while (performance.now() < end) {
    for (const [a, b] of operands) {
      tf.tidy(() => {
        const y = matMul(a, b, flops);
        matMul(a, y, flops, { transposeA: true });
        matMul(y, b, flops, { transposeB: true });
      });
      count += 3;
    }
  }
  return count;
}
