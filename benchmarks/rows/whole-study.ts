import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadText } from '../../evaluation/tasks/load-text.js';
import { packageRoot } from '../../runtime/package-root.js';
import type { BenchContext, Benchmark, Row } from '../benchmark.js';
import { crossover } from '../crossover.js';
import { peerProgram } from '../interleaved.js';
import { spreadOf } from '../spread.js';
import { writeTask } from '../task.js';

/** The peer takes hours for three seeds and four budgets; its cells cost the same whatever the seed, so a part is measured. */
const PART = { budgets: [4], seeds: 1 };

const WHOLE =
  'Every method has as many search trials: our LoRA and our combination are judged at sixteen stops on all validation items, theirs once. A part with one seed also leaves the second compute child without work; a whole study gives it other seeds.';
const AGAIN =
  'Starting is all of it: reading the code of the Temporal client and worker, connecting, the workflows’ sandbox; cells are looked up in milliseconds, without TensorFlow or the model.';

/** A whole study against the sweep written by hand, and the same study once more. */
export const wholeStudy: Benchmark = {
  name: 'whole-study',
  rounds: 2,
  async run(context) {
    const folder = await mkdtemp(join(tmpdir(), 'crossover-bench-'));
    try {
      await writeStudy(folder, context);
      const first = await ourStudy(folder);
      const again: number[] = [];
      for (let round = 0; round < context.rounds; round++) again.push(await ourStudy(folder));
      const theirs = await peerStudy(context);
      context.say(
        `  ${first.toFixed(0)} s against ${theirs.toFixed(0)} s; again ${again.map((s) => s.toFixed(1)).join(', ')} s`,
      );
      return [wholeRow(first, theirs), againRow(again)];
    } finally {
      await crossover(folder, ['server', 'stop']);
      await rm(folder, { recursive: true });
    }
  },
};

function wholeRow(ours: number, theirs: number): Row {
  return {
    name: 'whole-study',
    work: `a study of trec6: N = ${PART.budgets}, ${PART.seeds} seed; vector (4 × 4 searched), LoRA (16 stops searched), both; KL`,
    against: 'a sweep written by hand on PyTorch and PEFT, LoRA without a search',
    target: { atLeast: 10 },
    value: theirs / ours,
    unit: '×',
    runs: 1,
    ours: spreadOf([ours]),
    theirs: spreadOf([theirs]),
    checks: [],
    limit: WHOLE,
  };
}

function againRow(seconds: readonly number[]): Row {
  const ours = spreadOf(seconds);
  return {
    name: 'study-again',
    work: 'the same study again, all cells found',
    against: 'a clock',
    target: { atMost: 5 },
    value: ours.median,
    unit: 's',
    runs: seconds.length,
    ours,
    checks: [],
    limit: AGAIN,
  };
}

async function writeStudy(folder: string, context: BenchContext): Promise<void> {
  await writeTask(folder, 'trec6', context);
  const study = await readFile(join(packageRoot, 'benchmarks/studies/whole.yaml'), 'utf8');
  const part = study
    .replace('TASK', './trec6.yaml')
    .replace('budgets: [1, 4, 16, 64]', `budgets: [${PART.budgets}]`)
    .replace('SEEDS', String(PART.seeds));
  await writeFile(join(folder, 'study.yaml'), part);
}

async function ourStudy(folder: string): Promise<number> {
  const { seconds } = await crossover(folder, ['run', 'study.yaml']);
  return seconds;
}

async function peerStudy(context: BenchContext): Promise<number> {
  using peer = await peerProgram('study', context);
  const { seconds } = await peer.ask({
    model: await context.peerModel(),
    train: context.items('trec6', 'train'),
    test: context.items('trec6', 'test'),
    text: (await loadText('moby-dick', { root: packageRoot })).passages.slice(0, 32),
    ...PART,
    testItems: 100,
    validation: 32,
    layers: [8, 12, 16, 20],
    coefficients: [0.5, 1, 2, 4],
  });
  return seconds;
}
