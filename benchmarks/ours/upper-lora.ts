import { lora } from '../../methods/finetuning/lora.js';
import { lastCheckpoint, train } from '../../methods/training.js';
import { disposeTreatment } from '../../models/treatment.js';
import { peakBytes, serve, timed } from '../serve.js';
import { encodedItems, kept } from './model.js';
import { startOf, workbench } from './workbench.js';

interface Request {
  model: string;
  items: string;
  limit: number;
  layers: number[];
  epochs: number;
  batch: number;
  rate: number;
}

// LoRA on the upper layers, some epochs over some items.
await serve(async ({ model: name, items: file, limit, layers, epochs, batch, rate }: Request) => {
  const model = await kept(name);
  const items = await encodedItems(model, file, limit);
  const bench = workbench(model, {});
  using _prefixes = bench.prefixes;
  const start = startOf(lora, bench, { layers });
  const options = { epochs, batch, min_steps: 1, weight_decay: 0.01, start, learningRate: rate };
  const { seconds, result } = await timed(() =>
    lastCheckpoint(train(bench, items, { ...options, checkpoints: [1] })),
  );
  disposeTreatment(result.treatment);
  return { seconds, peakBytes: peakBytes() };
});
