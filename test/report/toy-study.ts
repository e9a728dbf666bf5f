import { resolve } from 'node:path';
import { judgeClaims } from '../../evaluation/claims/judge-claims.js';
import { loadClaims } from '../../evaluation/claims/load-claims.js';
import { fit as fitRows } from '../../evaluation/statistics/fit.js';
import type { Study } from '../../report/study.js';
import { Pipeline } from '../../schemas/pipeline.js';
import { HOLDS, type ToySize, toyRows } from '../evaluation/claims/toy-world.js';
import { syntheticStudy } from './synthetic-study.js';

/** A study of the toy setting with known truth, judged by the registered claims. */
export async function toyStudy(size: ToySize): Promise<Study> {
  const set = await loadClaims('toy-crossover', { root: resolve(import.meta.dirname, '../..') });
  const rows = toyRows(HOLDS, size);
  const settings = { confidence: 0.95, resamples: 300, seed: 0 };
  const places = new Map(rows.cells.map(({ model, task }) => [`${model} ${task}`, { model, task }]));
  const models = [...new Set([...places.values()].map(({ model }) => model))];
  const tasks = [...new Set([...places.values()].map(({ task }) => task))];
  const base = syntheticStudy({ items: 10, seeds: 2, budgets: [1], seed: 0 });
  const pairs: [string, string][] = [['trained-vector', 'full']];
  return {
    ...base,
    run: 'toy-crossover-0001',
    pipeline: {
      value: pipelineOf(
        models,
        tasks.filter((task) => !task.includes('→')),
        size,
      ),
      yaml: 'name: toy',
    },
    models: models.map((name) => ({ name, digest: 'cd'.repeat(32), licence: 'Apache-2.0' })),
    tasks: [],
    cells: [...rows.cells],
    fit: fitRows(rows, { ...settings, pairs }),
    claims: { registered: set, ...judgeClaims(rows, { set, settings }) },
    trials: [],
    examples: [],
  };
}

function pipelineOf(models: string[], tasks: string[], { budgets, seeds, items }: ToySize): Pipeline {
  const data = 'sample';
  const stages = ['baseline', 'vector', 'trained-vector', 'affine', 'lora', 'full'];
  return Pipeline.parse({
    name: 'toy-crossover',
    title: 'Toy setting: vectors, adapters and fine-tuning as tasks grow complex',
    models,
    tasks,
    stages: {
      sample: { stage: 'sample', budgets: [...budgets], seeds, validation: 20, test: items },
      baseline: { stage: 'baseline', data },
      vector: { stage: 'steer', data, method: 'mean-difference' },
      'trained-vector': { stage: 'steer', data, method: 'trained-vector' },
      affine: { stage: 'steer', data, method: 'loreft' },
      lora: { stage: 'finetune', data, method: 'lora' },
      full: { stage: 'finetune', data, method: 'full' },
      laws: { stage: 'fit', of: stages, claims: 'toy-crossover' },
      report: { stage: 'report', of: ['laws'] },
    },
  });
}
