import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readTable } from '../../artifacts/parquet.js';
import { loadText } from '../../evaluation/tasks/load-text.js';
import { packageRoot } from '../../runtime/package-root.js';
import { CellRow } from '../../schemas/tables.js';
import type { BenchContext, Benchmark, Row } from '../benchmark.js';
import { crossover } from '../crossover.js';
import { peerProgram } from '../interleaved.js';
import { spreadOf } from '../spread.js';
import { writeTask } from '../task.js';
import { temporaryFolder } from '../temporary-folder.js';

const WHOLE = { budgets: [1, 4, 16, 64], seeds: 3 };
/** The sweep by hand takes hours: a part is measured, and its cells counted as often as they are there. A cell of many examples takes longer. */
const PART = { budgets: [4], seeds: 1 };
const [PART_BUDGET = 0] = PART.budgets;

const LIMIT =
  'Every method has as many search trials: our LoRA is judged at sixteen stops on all validation items, theirs at none; judged as often, theirs would take sixteen passes over them longer a cell (a pass is a sixteenth of the layer search). Both cores are busy throughout, nine tenths of that with products at the processor’s rate.';
const AGAIN =
  'Starting is all of it: reading the code of the Temporal client and worker, connecting, the workflows’ sandbox; cells are looked up in milliseconds, without TensorFlow or the model.';

/** A whole study against the sweep written by hand, and the same study once more. */
export const wholeStudy: Benchmark = {
  name: 'whole-study',
  rounds: 2,
  async run(context) {
    await using temporary = await temporaryFolder();
    const folder = temporary.path;
    try {
      await writeStudy(folder, context);
      const first = await ourStudy(folder);
      const again: number[] = [];
      for (let round = 0; round < context.rounds; round++) again.push(await ourStudy(folder));
      const theirs = await peerStudy(context);
      context.say(
        `  ${first.toFixed(0)} s against ${theirs.seconds.toFixed(0)} s; again ${again.map((s) => s.toFixed(1)).join(', ')} s`,
      );
      return [wholeRow(first, theirs, await ourLead(folder)), againRow(again)];
    } finally {
      await crossover(folder, ['server', 'stop']);
    }
  },
};

/** How long a sweep takes, and by how much LoRA is ahead of the vector with as many examples as the measured part has. */
interface Sweep {
  seconds: number;
  lead: number;
}

function wholeRow(ours: number, theirs: Sweep, ourLead: number): Row {
  return {
    name: 'whole-study',
    work: `a study of trec6: N = ${WHOLE.budgets.join(', ')}, ${WHOLE.seeds} seeds; vector (4 × 4 searched), LoRA (16 stops searched), both; KL`,
    against: `a sweep written by hand on PyTorch and PEFT, LoRA without a search; its cells of N = ${PART_BUDGET} and one seed, counted ${timesThePart()} times`,
    target: { atLeast: 10 },
    value: theirs.seconds / ours,
    unit: '×',
    runs: 1,
    ours: spreadOf([ours]),
    theirs: spreadOf([theirs.seconds]),
    checks: [
      {
        what: `conclusions that differ; LoRA − vector with N = ${PART_BUDGET}: ours ${points(ourLead)}, theirs ${points(theirs.lead)} points`,
        value: Number(Math.sign(ourLead) !== Math.sign(theirs.lead)),
        target: { atMost: 0 },
      },
    ],
    limit: LIMIT,
  };
}

function points(share: number): string {
  return `${share > 0 ? '+' : ''}${(100 * share).toFixed(1)}`;
}

function timesThePart(): number {
  return (WHOLE.budgets.length * WHOLE.seeds) / (PART.budgets.length * PART.seeds);
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
  const whole = study
    .replace('TASK', './trec6.yaml')
    .replace('BUDGETS', WHOLE.budgets.join(', '))
    .replace('SEEDS', String(WHOLE.seeds));
  await writeFile(join(folder, 'study.yaml'), whole);
}

async function ourStudy(folder: string): Promise<number> {
  const { seconds } = await crossover(folder, ['run', 'study.yaml']);
  return seconds;
}

/** LoRA's score minus the vector's, mean over seeds. */
async function ourLead(folder: string): Promise<number> {
  const [run = ''] = await readdir(join(folder, 'runs'));
  const cells = await readTable(await readFile(join(folder, 'runs', run, 'cells.parquet')), CellRow);
  return leadOf(
    cells.filter(({ n }) => n === PART_BUDGET),
    ({ stage, score }) => ({ method: stage, score: score ?? Number.NaN }),
  );
}

const PeerAnswer = z.object({
  cells: z.array(z.object({ method: z.string(), seconds: z.number(), accuracy: z.number() })),
});

async function peerStudy(context: BenchContext): Promise<Sweep> {
  using peer = await peerProgram('study', context);
  const answer = await peer.ask({
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
  const { cells } = PeerAnswer.parse(answer);
  const ofMethods = cells.reduce((sum, { seconds }) => sum + seconds, 0);
  return {
    // What is left over is done once: the baseline, and reading.
    seconds: answer.seconds - ofMethods + timesThePart() * ofMethods,
    lead: leadOf(cells, ({ method, accuracy }) => ({
      method: method === 'steer' ? 'vector' : method,
      score: accuracy,
    })),
  };
}

function leadOf<C>(cells: readonly C[], read: (cell: C) => { method: string; score: number }): number {
  const mean = (wanted: string) => {
    const scores = cells.map(read).flatMap(({ method, score }) => (method === wanted ? [score] : []));
    return scores.reduce((sum, score) => sum + score, 0) / scores.length;
  };
  return mean('lora') - mean('vector');
}
