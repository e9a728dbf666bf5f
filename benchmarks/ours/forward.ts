import { seededRandom } from '../../evaluation/statistics/random.js';
import { type FlopCount, flopCount } from '../../models/compute-meter.js';
import type { LanguageModel } from '../../models/language-model.js';
import { tf } from '../../models/tensorflow.js';
import { batchTensors } from '../../models/transformer/batch-tensors.js';
import { decode } from '../../models/transformer/decoder.js';
import { matMul } from '../../models/transformer/matmul.js';
import { treat } from '../../models/treated-model.js';
import { noTreatment } from '../../models/treatment.js';
import { peakBytes, serve, timed } from '../serve.js';
import { kept } from './model.js';

interface Request {
  model: string;
  rows: number;
  width: number;
  what: 'forward' | 'product';
}

/** A square product whose operands leave the caches, and as much work as a forward pass of a small model. */
const PRODUCT = { size: 2048, times: 12 };

const square = tf.keep(tf.randomNormal([PRODUCT.size, PRODUCT.size], 0, 1, 'float32', 1));

// Floating-point operations a second of a forward pass through all blocks, and of a large matrix product.
await serve(async ({ model: name, what, rows, width }: Request) => {
  const count = flopCount();
  const model = await kept(name);
  const run = what === 'forward' ? forward(model, { rows, width, count }) : () => products(count);
  const { seconds } = await timed(async () => run());
  return { seconds, flops: count.flops, peakBytes: peakBytes() };
});

function products(count: FlopCount): void {
  for (let i = 0; i < PRODUCT.times; i++) matMul(square, square, count).dispose();
}

function forward(
  model: LanguageModel,
  { rows, width, count }: { rows: number; width: number; count: FlopCount },
): () => void {
  const size = rows * width;
  const random = seededRandom('forward');
  const batch = {
    rows,
    width,
    ids: Int32Array.from({ length: size }, () => Math.floor(random() * model.config.vocabulary)),
    positions: Int32Array.from({ length: size }, (_, i) => i % width),
    segments: new Int32Array(size),
  };
  return () => {
    using treated = treat(model, noTreatment);
    tf.tidy(() => {
      const tensors = batchTensors(batch, model.config);
      decode(treated, batch, tensors, { count }).dataSync();
    });
  };
}
