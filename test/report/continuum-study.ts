import { fit as fitRows } from '../../evaluation/statistics/fit.js';
import { seededRandom } from '../../evaluation/statistics/random.js';
import type { Study } from '../../report/study.js';
import { type MethodKind, Pipeline } from '../../schemas/pipeline.js';
import type { CellRow, TrialRow } from '../../schemas/tables.js';
import {
  type StageEffect,
  type SyntheticSize,
  syntheticRows,
} from '../evaluation/statistics/synthetic-rows.js';
import { syntheticStudy } from './synthetic-study.js';

type Plan = {
  stage: string;
  kind: MethodKind;
  method: string;
  /** Nats gained at once, and with every doubling of the examples. */
  at_once: number;
  doubling: number;
  kl: number;
  /** FLOPs an example. */
  work: number;
  validation: number;
};

const plan = (stage: string, kind: MethodKind, numbers: readonly number[]): Plan => {
  const [at_once = 0, doubling = 0, kl = 0, work = 0, validation = 0] = numbers;
  return { stage, kind, method: stage, at_once, doubling, kl, work, validation };
};

/** Sixteen methods along the continuum, and `wide-lora`, which searches as much as a combination's parts together. */
const PLANS: readonly Plan[] = [
  plan('instruction', 'prompt', [0.15, 0, 0.03, 0, 0.44]),
  plan('few-shot', 'prompt', [0.25, 0.09, 0.05, 0, 0.47]),
  plan('mean-difference', 'steer', [0.7, 0.03, 0.02, 4e9, 0.55]),
  plan('principal-component', 'steer', [0.4, 0.06, 0.02, 5e9, 0.5]),
  plan('logistic-probe', 'steer', [0.5, 0.07, 0.018, 6e9, 0.53]),
  plan('conditional', 'steer', [0.6, 0.04, 0.006, 6e9, 0.54]),
  plan('trained-vector', 'steer', [0.3, 0.16, 0.03, 4e10, 0.56]),
  plan('preference-vector', 'steer', [0.2, 0.13, 0.04, 8e10, 0.52]),
  plan('loreft', 'steer', [0.1, 0.24, 0.05, 6e10, 0.57]),
  plan('bias-only', 'finetune', [0, 0.14, 0.01, 9e10, 0.5]),
  plan('lora', 'finetune', [-0.1, 0.3, 0.03, 1.2e11, 0.58]),
  plan('weight-steering', 'finetune', [-0.1, 0.22, 0.04, 2.4e11, 0.55]),
  plan('full', 'finetune', [-0.4, 0.33, 0.09, 2e11, 0.57]),
  plan('wide-lora', 'finetune', [0, 0.32, 0.03, 1.2e11, 0.6]),
  plan('lora-then-vector', 'combine', [0.4, 0.28, 0.05, 1.3e11, 0.6]),
  plan('vector-then-lora', 'combine', [0, 0.3, 0.05, 1.3e11, 0.57]),
  plan('joint', 'combine', [-0.5, 0.16, 0.04, 1.3e11, 0.5]),
];

const OWN = ['capitals', 'word-problems'];
/** Treatments made for the first, tested on the second. */
export const ELSEWHERE = 'capitals → currencies';
const BUDGETS = [1, 4, 16, 64, 256];
const SIZE: SyntheticSize = { items: 80, seeds: 5, budgets: BUDGETS, seed: 4 };
const COMBINATIONS = ['lora-then-vector', 'vector-then-lora', 'joint'].map((stage) => ({
  stage,
  of: ['lora', 'mean-difference'] as [string, string],
  against: ['wide-lora'],
}));

/** A study of the whole continuum: many methods, a rival of equal search, and a task that was only tested on. */
export function continuumStudy(size: SyntheticSize = SIZE): Study {
  const tasks = [...OWN, ELSEWHERE].map((task, index) =>
    syntheticRows(
      {
        task,
        type: 'capability',
        base: 0.2 - 0.5 * index,
        options: 4,
        stages: PLANS.map((of) => effect(of, index)),
      },
      size,
    ),
  );
  const items = tasks.flatMap((rows) => rows.items);
  const cells = tasks.flatMap((rows) => rows.cells);
  const settings = { confidence: 0.95, resamples: 300 };
  const whole = syntheticStudy({ items: 10, seeds: 2, budgets: [1], seed: 1 });
  return {
    ...whole,
    run: 'continuum-0001',
    pipeline: { value: pipeline(), yaml: JSON.stringify(pipeline(), null, 1) },
    tasks: OWN.map((name) => ({
      card: {
        name,
        type: 'capability',
        format: 'plain',
        licence: 'CC0-1.0',
        description: `A synthetic task named ${name}.`,
      },
      chance: 0.25,
      shortcuts: [{ shortcut: 'majority', score: 0.27, items: size.items }],
    })),
    cells,
    fit: fitRows(
      { items, cells },
      { ...settings, seed: 0, pairs: pairs(), combinations: COMBINATIONS, contests: contests() },
    ),
    settings,
    trials: cells.filter(({ n }) => n > 0).map(searchOf),
    examples: [],
  };
}

/** On later tasks less is gained at once and less with every doubling. */
function effect({ stage, method, at_once, doubling, kl, work, validation }: Plan, task: number): StageEffect {
  return {
    stage,
    method,
    effect: (n) => (at_once + doubling * Math.log2(n)) / (1 + task),
    kl: (n) => kl * (1 + 0.2 * Math.log2(n)),
    flops: (n) => work * Math.max(n, work > 1e10 ? 16 : 1),
    validation,
  };
}

function named(kind: MethodKind): string[] {
  return PLANS.flatMap((of) => (of.kind === kind ? [of.stage] : []));
}

function pairs(): [string, string][] {
  return named('steer').flatMap((first) =>
    ['lora', 'full', 'lora-then-vector'].map((second): [string, string] => [first, second]),
  );
}

function contests() {
  const kinds: MethodKind[] = ['prompt', 'steer', 'finetune', 'combine'];
  return kinds.map((kind) => ({ kind, stages: named(kind).filter((stage) => stage !== 'wide-lora') }));
}

function pipeline(): Pipeline {
  const methods = PLANS.map(({ stage, kind, method }) => {
    const { of, against } = COMBINATIONS.find((combination) => combination.stage === stage) ?? {};
    return [
      stage,
      kind === 'combine' ? { stage: kind, of, against } : { stage: kind, data: 'sample', method },
    ];
  });
  return Pipeline.parse({
    name: 'continuum',
    title: 'The continuum: from a prompt to all weights',
    models: ['smollm2-135m-instruct'],
    tasks: OWN,
    stages: {
      sample: { stage: 'sample', budgets: BUDGETS, seeds: 5, validation: 32, test: 80 },
      baseline: { stage: 'baseline', data: 'sample' },
      ...Object.fromEntries(methods),
      laws: { stage: 'fit', of: ['baseline', ...PLANS.map(({ stage }) => stage)] },
      report: { stage: 'report', of: ['laws'] },
    },
  });
}

const INSTRUCTIONS = [
  'Answer with the capital city of the country that is named, and with nothing else, as in the examples of a schoolbook.',
  'Name the capital.',
];

function searchOf({ model, task, stage, n, seed }: CellRow): Study['trials'][number] {
  const random = seededRandom(JSON.stringify([task, stage, n, seed]));
  const grid = settingsOf(stage);
  const scores = grid.map(() => 0.4 + 0.2 * random());
  const best = scores.indexOf(Math.max(...scores));
  const trials = grid.map((setting, trial): TrialRow => {
    const score = scores[trial] ?? 0;
    return { trial, setting, score, margin: 3 * score - 1, chosen: trial === best, reason: null };
  });
  return { model, task, stage, n, seed, trials };
}

function settingsOf(stage: string): TrialRow['setting'][] {
  if (stage === 'instruction') return INSTRUCTIONS.map((instruction) => ({ instruction }));
  if (stage === 'few-shot') return [0, 1, 2, 3].map((order) => ({ order, shown: 4, of: 4 }));
  if (stage === 'mean-difference')
    return ['10', '10 11 12'].flatMap((layer) => [1, 2].map((coefficient) => ({ layer, coefficient })));
  return [3e-4, 1e-3].flatMap((learning_rate) => [10, 20].map((step) => ({ learning_rate, step })));
}
