import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { BenchContext, Benchmark, Row } from '../benchmark.js';
import { crossover } from '../crossover.js';
import { spreadOf } from '../spread.js';
import { writeTask } from '../task.js';
import { temporaryFolder } from '../temporary-folder.js';

const run = promisify(execFile);
const ITEMS = 200;
const TASKS = ['trec6', 'metatool-select', 'scienceworld-next'];

/** `crossover evaluate` against lm-evaluation-harness: both from their start to the printed score, on the same items. */
export const harness: Benchmark[] = TASKS.map((task) => ({
  name: `harness-${task}`,
  rounds: 1,
  run: (context) => against(task, context),
}));

async function against(task: string, context: BenchContext): Promise<Row[]> {
  await using temporary = await temporaryFolder();
  const folder = temporary.path;
  const file = await writeTask(folder, task, context);
  const [python, model] = [await context.python(), await context.peerModel()];
  const ours: Run[] = [];
  const theirs: Run[] = [];
  for (let round = 1; round <= context.rounds; round++) {
    const mine = await evaluated(folder, file, context);
    const peer = await harnessed(folder, { python, model, threads: context.threads });
    context.say(`  round ${round}: ${mine.seconds.toFixed(1)} s against ${peer.seconds.toFixed(1)} s`);
    ours.push(mine);
    theirs.push(peer);
  }
  return [rowOf(task, ours, theirs)];
}

interface Run {
  seconds: number;
  accuracy: number;
}

function rowOf(task: string, ours: readonly Run[], theirs: readonly Run[]): Row {
  const [mine, peer] = [
    spreadOf(ours.map(({ seconds }) => seconds)),
    spreadOf(theirs.map(({ seconds }) => seconds)),
  ];
  const gaps = ours.map(({ accuracy }, round) =>
    Math.abs(accuracy - (theirs[round]?.accuracy ?? Number.NaN)),
  );
  return {
    name: `harness-${task}`,
    work: `the score of ${ITEMS} items of ${task}, start-up included`,
    against: 'lm-evaluation-harness, batches of 16',
    target: { atLeast: 2 },
    value: peer.median / mine.median,
    unit: '×',
    runs: ours.length,
    ours: mine,
    theirs: peer,
    checks: [
      { what: 'largest difference of the accuracies', value: Math.max(...gaps), target: { atMost: 0 } },
    ],
  };
}

const ITEMS_FILE = 'items.jsonl';

const Scores = z.object({ tasks: z.array(z.object({ score: z.object({ value: z.number() }) })) });

/** Our side; it leaves the items in the folder, in the order of their options, for theirs. */
async function evaluated(folder: string, task: string, { model }: BenchContext): Promise<Run> {
  const args = ['--model', model, '--limit', String(ITEMS), '--out', ITEMS_FILE, '--json'];
  const { seconds, printed } = await crossover(folder, ['evaluate', task, ...args]);
  const [score] = Scores.parse(JSON.parse(printed)).tasks;
  if (score === undefined) throw new Error(`no score was printed for ${task}`);
  return { seconds, accuracy: score.score.value };
}

const HARNESS_TASK = `task: items
dataset_path: json
dataset_kwargs: {data_files: {test: FILE}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{prompt}}"
doc_to_choice: "{{options}}"
doc_to_target: label
metric_list: [{metric: acc}]
`;

const HarnessResults = z.object({ results: z.object({ items: z.object({ 'acc,none': z.number() }) }) });

async function harnessed(
  folder: string,
  { python, model, threads }: { python: string; model: string; threads: number },
): Promise<Run> {
  const output = await mkdtemp(join(folder, 'harness-'));
  const items = join(folder, ITEMS_FILE);
  await writeFile(join(output, 'items.yaml'), HARNESS_TASK.replace('FILE', JSON.stringify(items)));
  const asked = ['--tasks', 'items', '--include_path', output, '--batch_size', '16', '--device', 'cpu'];
  const begun = performance.now();
  await run(
    python,
    [
      '-m',
      'lm_eval',
      '--model',
      'hf',
      '--model_args',
      `pretrained=${model},dtype=float32`,
      ...asked,
      '--output_path',
      output,
    ],
    {
      env: {
        ...process.env,
        HF_HUB_OFFLINE: '1',
        HF_DATASETS_CACHE: join(output, 'datasets'),
        OMP_NUM_THREADS: String(threads),
      },
      maxBuffer: 2 ** 26,
    },
  );
  const seconds = (performance.now() - begun) / 1000;
  const files = await readdir(output, { recursive: true });
  const results = files.find((name) => /results_.*\.json$/.test(name));
  if (results === undefined) throw new Error('lm-evaluation-harness left no results');
  const found = HarnessResults.parse(JSON.parse(await readFile(join(output, results), 'utf8')));
  return { seconds, accuracy: found.results.items['acc,none'] };
}
