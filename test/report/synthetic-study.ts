import { fit as fitRows } from '../../evaluation/statistics/fit.js';
import { seededRandom } from '../../evaluation/statistics/random.js';
import type { Example, Study } from '../../report/study.js';
import { Pipeline } from '../../schemas/pipeline.js';
import type { CellRow, TrialRow } from '../../schemas/tables.js';
import {
  type SyntheticSize,
  type SyntheticTask,
  syntheticRows,
} from '../evaluation/statistics/synthetic-rows.js';

const YAML = `name: quickstart
models: [smollm2-135m-instruct]
tasks: [currencies, word-problems, tool-choice]
stages:
  sample:   { stage: sample, budgets: [1, 4, 16, 64], seeds: 5, validation: 32, test: 100 }
  baseline: { stage: baseline, data: sample }
  vector:   { stage: steer, data: sample, method: mean-difference }
  lora:     { stage: finetune, data: sample, method: lora }
  both:     { stage: combine, of: [lora, vector] }
  laws:     { stage: fit, of: [baseline, vector, lora, both] }
  report:   { stage: report, of: [laws] }
`;

const PIPELINE = Pipeline.parse({
  name: 'quickstart',
  title: 'Quickstart: three tasks, one small model',
  description:
    'A first study that runs in minutes: does a 135-million-parameter model gain more from a steering vector or from LoRA?',
  models: ['smollm2-135m-instruct'],
  tasks: ['currencies', 'word-problems', 'tool-choice'],
  stages: {
    sample: { stage: 'sample', budgets: [1, 4, 16, 64], seeds: 5, validation: 32, test: 100 },
    baseline: { stage: 'baseline', data: 'sample' },
    vector: { stage: 'steer', data: 'sample', method: 'mean-difference', search: {} },
    lora: { stage: 'finetune', data: 'sample', method: 'lora', search: {} },
    both: { stage: 'combine', of: ['lora', 'vector'] },
    laws: { stage: 'fit', of: ['baseline', 'vector', 'lora', 'both'] },
    report: { stage: 'report', of: ['laws'] },
  },
});

const TASKS: readonly (Pick<SyntheticTask, 'task' | 'type' | 'base' | 'options'> & {
  steer: number;
  train: number;
})[] = [
  { task: 'currencies', type: 'capability', base: 0.4, options: 4, steer: 1.1, train: 2.2 },
  { task: 'word-problems', type: 'reasoning', base: -0.9, options: 4, steer: 0.35, train: 0.55 },
  { task: 'tool-choice', type: 'agentic', base: -0.5, options: 3, steer: 0.24, train: 3.5 },
];

const SIZE: SyntheticSize = { items: 100, seeds: 5, budgets: [1, 4, 16, 64], seed: 11 };

/** A study with known effects and one failed cell: a report is drawn from it in tests, and to look at. */
export function syntheticStudy(size: SyntheticSize = SIZE): Study {
  const all = TASKS.map((task) => syntheticRows({ ...task, stages: effects(task) }, size));
  const isFailed = ({ task, stage, n, seed }: Pick<CellRow, 'task' | 'stage' | 'n' | 'seed'>) =>
    task === 'word-problems' && stage === 'lora' && n === 1 && seed === 2;
  const items = all.flatMap((task) => task.items).filter((row) => !isFailed(row));
  const cells = all
    .flatMap((task) => task.cells)
    .map(
      (cell): CellRow =>
        isFailed(cell)
          ? { ...cell, status: 'failed', reason: 'loss is NaN at step 7 of 20', score: null, margin: null }
          : cell,
    );
  const settings = { confidence: 0.95, resamples: 500 };
  return {
    run: 'quickstart-0001',
    pipeline: { value: PIPELINE, yaml: YAML },
    models: [{ name: 'smollm2-135m-instruct', digest: 'ab'.repeat(32), licence: 'Apache-2.0' }],
    tasks: TASKS.map(({ task, type, options }) => ({
      card: {
        name: task,
        type,
        format: 'plain',
        licence: 'CC0-1.0',
        description: `A synthetic task named ${task}.`,
      },
      chance: 1 / options,
      shortcuts: [
        { shortcut: 'majority', score: 1 / options + 0.02, items: size.items },
        { shortcut: 'answer-only', score: 1 / options + 0.06, items: size.items },
        { shortcut: 'word-overlap', score: 1 / options - 0.01, items: size.items },
      ],
    })),
    methods: {
      'mean-difference': { form: 'vector', control: false },
      lora: { form: 'low-rank weights', control: false },
    },
    cells,
    fit: fitRows(
      { items, cells },
      {
        ...settings,
        seed: 0,
        pairs: [
          ['vector', 'lora'],
          ['vector', 'both'],
          ['lora', 'both'],
        ],
        combinations: [{ stage: 'both', of: ['lora', 'vector'] }],
        contests: [
          { kind: 'steer', stages: ['vector'] },
          { kind: 'finetune', stages: ['lora'] },
          { kind: 'combine', stages: ['both'] },
        ],
      },
    ),
    settings,
    trials: cells.filter(({ n, status }) => n > 0 && status === 'ok').map(searchOf),
    examples: examples(),
    artifacts: ['cells.parquet', 'items.parquet', 'crossover.parquet'].map((name, index) => ({
      name,
      sha256: `${index}f`.repeat(32),
      bytes: 12_345 * (index + 1),
    })),
    provenance: {
      started: '2026-01-05T10:00:00Z',
      finished: '2026-01-05T10:08:41Z',
      seeds: [0, 1, 2, 3, 4],
      versions: { crossover: '0.1.0', libtensorflow: '2.21.0', node: '20.20.2' },
      host: { system: 'Linux x86_64', processors: '2 × example processor', memory: '16 GB' },
      numerics: { backend: 'tensorflow', precision: 'float32' },
    },
    warnings: [],
  };
}

function effects({ steer, train }: { steer: number; train: number }): SyntheticTask['stages'] {
  const vector = (n: number) => steer * (1 - Math.exp(-(n + 1)));
  const lora = (n: number) => (train * Math.log2(n)) / 6 - 0.1;
  return [
    { stage: 'vector', method: 'mean-difference', effect: vector, kl: () => 0.021 },
    { stage: 'lora', method: 'lora', effect: lora, kl: (n) => 0.004 * n ** 0.7 },
    {
      stage: 'both',
      method: 'finetune-then-steer',
      effect: (n) => 0.6 * vector(n) + lora(n),
      kl: (n) => 0.02 + 0.004 * n ** 0.7,
    },
  ];
}

function searchOf({ model, task, stage, n, seed }: CellRow): Study['trials'][number] {
  const random = seededRandom(JSON.stringify([task, stage, n, seed]));
  const grid =
    stage === 'lora'
      ? [3e-4, 1e-3].flatMap((learning_rate) => [0.5, 1].map((checkpoint) => ({ learning_rate, checkpoint })))
      : [15, 20].flatMap((layer) => [1, 2].map((coefficient) => ({ layer, coefficient })));
  const scores = grid.map(() => 0.4 + 0.2 * random());
  const best = scores.indexOf(Math.max(...scores));
  const trials = grid.map((setting, trial): TrialRow => {
    return {
      trial,
      setting,
      score: scores[trial] ?? 0,
      margin: 3 * (scores[trial] ?? 0) - 1,
      chosen: trial === best,
      reason: null,
    };
  });
  return { model, task, stage, n, seed, trials };
}

function examples(): Example[] {
  const at = { model: 'smollm2-135m-instruct', n: 64, seed: 0 };
  return [
    {
      ...at,
      task: 'currencies',
      stage: 'lora',
      item: '00000000000000a1',
      prompt: 'The currency of Norway is the',
      options: [' Swedish krona', ' Norwegian krone', ' Danish krone', ' euro'],
      label: 1,
      base: [-6.1, -6.9, -7.3, -6.4],
      treated: [-5.9, -3.2, -5.1, -7.7],
    },
    {
      ...at,
      task: 'tool-choice',
      stage: 'vector',
      item: '00000000000000a2',
      prompt:
        'Request: What will the weather be in Lisbon tomorrow?\nFunctions: get_forecast, book_table, convert_units\nFunction:',
      options: [' get_forecast', ' book_table', ' convert_units'],
      label: 0,
      base: [-4.8, -6.2, -5.5],
      treated: [-3.9, -7.0, -6.6],
    },
  ];
}
