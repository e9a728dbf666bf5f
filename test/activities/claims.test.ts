import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkClaims, readClaims } from '../../activities/claims.js';
import { parquetFiles, table } from '../../activities/study-tables.js';
import { taskFacts } from '../../activities/task-facts.js';
import { judgeClaims } from '../../evaluation/claims/judge-claims.js';
import { loadClaims } from '../../evaluation/claims/load-claims.js';
import { ClaimRow, EvidenceRow } from '../../schemas/claims.js';
import { Pipeline } from '../../schemas/pipeline.js';
import { HOLDS, toyRows } from '../evaluation/claims/toy-world.js';

const load = (name: string) => loadClaims(name, { root: resolve(import.meta.dirname, '../..') });

describe('claims of a study', () => {
  test('are read as they were judged', async () => {
    const set = await load('toy-crossover');
    const rows = toyRows(HOLDS, { budgets: [1, 32, 256], seeds: 5, items: 10, seed: 0, luck: 0.05 });
    const judged = judgeClaims(rows, { set, settings: { confidence: 0.95, resamples: 100, seed: 0 } });
    const files = await parquetFiles({
      claims: table(ClaimRow, judged.claims),
      'claim-evidence': table(EvidenceRow, judged.evidence),
    });
    const read = async (name: string) => files[name] ?? new Uint8Array();
    expect(await readClaims(set, read)).toEqual({ registered: set, ...judged });
    expect(await readClaims(null, read)).toBeUndefined();
  });

  test('are checked against the plan before any work: unknown names, stages and budgets', async () => {
    await expect(
      checkClaims(studyOf({ stages: ['vector', 'trained-vector', 'affine', 'lora', 'full'] }), load),
    ).resolves.toBeUndefined();
    await expect(
      checkClaims(studyOf({ stages: ['vector', 'trained-vector', 'afine', 'lora', 'full'] }), load),
    ).rejects.toThrow(
      /stage "laws": claim SC-1 of toy-crossover: found no stage "affine".*did you mean "afine"/,
    );
    await expect(
      checkClaims(
        studyOf({ stages: ['vector', 'trained-vector', 'affine', 'lora', 'full'], budgets: [4, 8] }),
        load,
      ),
    ).rejects.toThrow(/found budgets 4, 8, expected some up to 32 examples and some above/);
    await expect(checkClaims(studyOf({ claims: 'toy-crosover' }), load)).rejects.toThrow(
      /found no claims "toy-crosover"/,
    );
  });
});

function studyOf({
  stages = ['vector'],
  budgets = [1, 64],
  claims = 'toy-crossover',
}: {
  stages?: string[];
  budgets?: number[];
  claims?: string;
}): Pipeline {
  return Pipeline.parse({
    name: 'toy',
    models: ['m'],
    tasks: ['t'],
    stages: {
      sample: { stage: 'sample', budgets, seeds: 5, validation: 4, test: 4 },
      ...Object.fromEntries(
        stages.map((name) => [name, { stage: 'steer', data: 'sample', method: 'loreft' }]),
      ),
      laws: { stage: 'fit', of: stages, claims },
    },
  });
}

test('density is a fact of a task with a model: features ÷ hidden size', () => {
  const card = {
    name: 'k1',
    type: 'capability' as const,
    format: 'plain' as const,
    licence: '',
    description: '',
  };
  const reference = { sha256: 'ab'.repeat(32), bytes: 1, kind: 'parquet' as const };
  const sample = {
    task: 'k1',
    seed: 0,
    test: reference,
    pool: reference,
    episodes: null,
    elsewhere: [],
    chance: 0.25,
    shortcuts: [],
  };
  const group = {
    stage: 'vector',
    kind: 'steer' as const,
    method: 'loreft',
    model: 'd32',
    modelDigest: '',
    licence: '',
    seed: 0,
    cells: [],
  };
  const facts = taskFacts(
    [
      { ...group, task: 'k1', modelFacts: { hidden: 32 } },
      { ...group, task: 'k1', modelFacts: { hidden: 32 }, seed: 1 },
    ],
    new Map([['k1', { ...sample, card: { ...card, facts: { features: 44, steered: 1 } } }]]),
  );
  expect(facts.map(({ fact, value }) => [fact, value])).toEqual([
    ['features', 44],
    ['steered', 1],
    ['hidden', 32],
    ['density', 1.375],
  ]);
});
