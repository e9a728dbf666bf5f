import type { Benchmark } from '../benchmark.js';
import { interleaved } from '../interleaved.js';
import { ratioRow } from '../ratio.js';

const LIMIT =
  'What lies below the lowest layer is computed once and an item’s prompt once for all its options; the blocks above the layers are computed for every pair, as the vector changes all of them.';

/** The search of a mean-difference vector: four layers, four coefficients, each judged on all validation items. */
export const layerSearch: Benchmark = {
  name: 'layer-search',
  rounds: 1,
  async run(context) {
    const request = {
      items: context.items('trec6', 'train'),
      train: 16,
      validation: 32,
      layers: [8, 12, 16, 20],
      coefficients: [0.5, 1, 2, 4],
    };
    const turns = await interleaved(
      {
        ours: { program: 'layer-search', request: { ...request, model: context.model } },
        theirs: { program: 'layer_search', request: { ...request, model: await context.peerModel() } },
        warmUp: { train: 4, validation: 4, layers: [20], coefficients: [1] },
      },
      context,
    );
    const row = ratioRow(turns, {
      name: 'layer-search',
      work: 'layer × coefficient search (4 × 4) of a mean-difference vector, 32 validation items of trec6',
      against: 'PyTorch, a pass over the items for each pair',
      target: { atLeast: 10 },
    });
    const [ours, theirs] = [turns.ours, turns.theirs].map((answers) => accuraciesOf(answers.at(-1)));
    const differing = ours?.filter((accuracy, i) => Math.abs(accuracy - (theirs?.[i] ?? Number.NaN)) > 1e-9);
    const check = { what: 'accuracies that differ, of 16', value: differing?.length ?? Number.NaN };
    return [{ ...row, checks: [{ ...check, target: { atMost: 0 } }], limit: LIMIT }];
  },
};

function accuraciesOf(answer: Record<string, unknown> | undefined): number[] {
  const accuracies = answer?.accuracies;
  if (!Array.isArray(accuracies)) throw new Error('an answer has no accuracies');
  return accuracies;
}
