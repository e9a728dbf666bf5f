import type { Benchmark } from '../benchmark.js';
import { interleaved } from '../interleaved.js';
import { memoryCheck, ratioRow } from '../ratio.js';

const SHAPES = [
  { rows: 8, width: 64, steps: 4 },
  { rows: 16, width: 128, steps: 1 },
];
const METHODS = [
  { method: 'lora', title: 'LoRA', target: 1.2 },
  { method: 'full', title: 'full fine-tuning', target: 1 },
];

/** Training steps on random tokens, the last eight of every row learned. */
export const training: Benchmark[] = METHODS.flatMap(({ method, title, target }) =>
  SHAPES.map((shape): Benchmark => {
    const size = `${shape.rows}×${shape.width}`;
    const name = `${method}-step-${size}`;
    const run: Benchmark['run'] = async (context) => {
      const request = { ...shape, method, targets: 8 };
      const turns = await interleaved(
        {
          ours: { program: 'training-steps', request: { ...request, model: context.model } },
          theirs: { program: 'training_steps', request: { ...request, model: await context.peerModel() } },
        },
        context,
      );
      const row = ratioRow(turns, {
        name,
        work: `${title} step, batch × tokens ${size}`,
        against: method === 'lora' ? 'PyTorch and PEFT' : 'PyTorch',
        target: { atLeast: target },
      });
      return [{ ...row, checks: [memoryCheck(turns)] }];
    };
    return { name, run };
  }),
);
