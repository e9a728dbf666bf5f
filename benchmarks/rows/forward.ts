import type { Benchmark } from '../benchmark.js';
import { ourProgram } from '../interleaved.js';
import { spreadOf } from '../spread.js';

/** How much of the machine's rate of matrix products a forward pass reaches. */
export const forward: Benchmark = {
  name: 'forward',
  async run(context) {
    using program = await ourProgram('forward', context);
    const rates: Record<string, number[]> = { product: [], forward: [] };
    for (let round = 0; round <= context.rounds; round++) {
      for (const [what, own] of Object.entries(rates)) {
        const { seconds, flops } = await program.ask({ model: context.model, rows: 16, width: 128, what });
        if (round > 0) own.push(Number(flops) / seconds / 1e9);
      }
    }
    const [theirs, ours] = [spreadOf(rates.product ?? []), spreadOf(rates.forward ?? [])];
    context.say(`  ${ours.median.toFixed(0)} of ${theirs.median.toFixed(0)} GFLOP/s`);
    return [
      {
        name: 'forward',
        work: 'forward pass, batch × tokens 16×128',
        against: 'a matrix product of 2048×2048 by 2048×2048 here',
        target: { atLeast: 0.75 },
        value: ours.median / theirs.median,
        unit: 'of its GFLOP/s',
        runs: context.rounds,
        ours,
        theirs,
        checks: [],
        limit:
          'The rest of the time goes to norms, rotations, softmax and activations, each a pass of its own through memory.',
      },
    ];
  },
};
