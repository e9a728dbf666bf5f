import { product } from '../../models/operations.js';
import { tf } from '../../models/tensorflow.js';

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
  let count = 0;
  while (performance.now() < end) {
    for (const [a, b] of operands) {
      tf.tidy(() => {
        const y = product(a, b, { transposeA: false, transposeB: false });
        product(a, y, { transposeA: true, transposeB: false });
        product(y, b, { transposeA: false, transposeB: true });
      });
      count += 3;
    }
  }
  return count;
}
