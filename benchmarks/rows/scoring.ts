import type { BenchContext, Benchmark, Row } from '../benchmark.js';
import { interleaved } from '../interleaved.js';
import type { Answer } from '../program.js';
import { ratioRow } from '../ratio.js';

const ITEMS = 200;
const LIMIT =
  'An item’s prompt is computed once for all its options: the gain is what options share, and with few or long options that is less.';
const TASKS = ['trec6', 'metatool-select', 'scienceworld-next'];

/** All options of a task's items, against a PyTorch loop that sorts batches by length and keeps few logits. */
export const scoring: Benchmark[] = TASKS.map((task) => ({
  name: `score-${task}`,
  rounds: 1,
  run: (context) => score(task, context),
}));

async function score(task: string, context: BenchContext): Promise<Row[]> {
  const request = { items: context.items(task, 'test'), limit: ITEMS };
  const turns = await interleaved(
    {
      ours: { program: 'score-items', request: { ...request, model: context.model } },
      theirs: { program: 'score_items', request: { ...request, model: await context.peerModel() } },
      warmUp: { limit: 8 },
    },
    context,
  );
  const [ours, theirs] = [turns.ours.at(-1), turns.theirs.at(-1)];
  if (ours === undefined || theirs === undefined) throw new Error('no runs');
  const row = ratioRow(turns, {
    name: `score-${task}`,
    work: `all options of ${ITEMS} items of ${task}`,
    against: 'PyTorch, batches by length',
    target: { atLeast: 3 },
  });
  const what = 'largest difference of log-probabilities, nats';
  return [
    {
      ...row,
      checks: [{ what, value: largestDifference(ours, theirs), target: { atMost: 1e-3 } }],
      limit: LIMIT,
    },
  ];
}

function largestDifference(ours: Answer, theirs: Answer): number {
  const [a, b] = [logprobs(ours), logprobs(theirs)];
  if (a.length !== b.length) throw new Error(`${a.length} options were scored, and ${b.length}`);
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
}

function logprobs({ logprobs }: Answer): number[] {
  if (!Array.isArray(logprobs)) throw new Error('an answer has no log-probabilities');
  return logprobs.flat();
}
