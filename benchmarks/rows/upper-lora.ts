import type { Benchmark } from '../benchmark.js';
import { interleaved } from '../interleaved.js';
import { ratioRow } from '../ratio.js';

const LAYERS = Array.from({ length: 10 }, (_, i) => 20 + i);

const LIMIT =
  'The frozen blocks are computed once instead of three times, which by count of operations makes 1.5 times as fast and the shorter head a little more; steps as such are no faster than theirs (see LoRA step).';

/** LoRA where two thirds of the model are below it, three epochs over 256 items. */
export const upperLora: Benchmark = {
  name: 'lora-upper-third',
  rounds: 1,
  async run(context) {
    const request = {
      items: context.items('trec6', 'train'),
      limit: 256,
      layers: LAYERS,
      epochs: 3,
      batch: 8,
      rate: 1e-3,
    };
    const turns = await interleaved(
      {
        ours: { program: 'upper-lora', request: { ...request, model: context.model } },
        theirs: { program: 'upper_lora', request: { ...request, model: await context.peerModel() } },
        warmUp: { limit: 8, epochs: 1 },
      },
      context,
    );
    const row = ratioRow(turns, {
      name: 'lora-upper-third',
      work: 'LoRA in the upper third of the layers, 3 epochs over 256 items of trec6',
      against: 'PyTorch and PEFT, same layers',
      target: { atLeast: 2.5 },
    });
    return [{ ...row, limit: LIMIT }];
  },
};
