import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTable } from '../../artifacts/parquet.js';
import { methods } from '../../methods/catalog.js';
import { CellRow } from '../../schemas/tables.js';
import { rows } from '../methods/table.js';
import { finished, type StudyFolder, spawnCommand, studyFolder } from './study-folder.js';

/** A stage for every method there is, each with as many trials as the laws' table gives it. */
function everyMethod(): Record<string, object> {
  const stages = methods.map(({ kind, name }): [string, object] => {
    const { options, parts } = rows[`${kind} ${name}`] ?? { options: {} };
    if (kind !== 'combine') return [name, { stage: kind, data: 'sample', method: name, ...options }];
    return [name, { stage: kind, of: parts, order: name, ...options }];
  });
  return Object.fromEntries(stages);
}

describe('a study of every method', () => {
  let folder: StudyFolder;
  let cells: CellRow[];
  beforeAll(async () => {
    folder = await studyFolder({ seeds: 1, budgets: [2, 4], steps: 4 }, (pipeline) => {
      const { sample, baseline, laws, report } = pipeline.stages;
      const elsewhere = { './letters.yaml': ['./reworded.yaml'] };
      const treated = everyMethod();
      return {
        ...pipeline,
        stages: {
          sample: { ...sample, elsewhere },
          baseline: { ...baseline },
          ...treated,
          laws: { ...laws, of: ['baseline', ...Object.keys(treated)] },
          report: { ...report },
        },
      };
    });
    const { code, errors } = await finished(spawnCommand(folder, ['run', 'study.yaml']));
    expect(code, errors).toBe(0);
    const [run = ''] = readdirSync(join(folder.path, 'runs'));
    cells = await readTable(readFileSync(join(folder.path, 'runs', run, 'cells.parquet')), CellRow);
  }, 300_000);
  afterAll(() => folder[Symbol.asyncDispose]());

  it.each(methods.map(({ name }) => name))('%s has a cell for every budget', (name) => {
    const own = cells.filter(({ stage, task }) => stage === name && task === './letters.yaml');
    expect(own.map(({ n, status, reason }) => ({ n, status, reason }))).toEqual(
      [2, 4].map((n) => ({ n, status: 'ok', reason: null })),
    );
    for (const { score, kl } of own) expect([score, kl].every(Number.isFinite)).toBe(true);
  });

  it('judges every treatment on the other task too, against the untreated model there', () => {
    const elsewhere = cells.filter(({ task }) => task === './letters.yaml → ./reworded.yaml');
    expect(elsewhere.map(({ stage }) => stage).sort()).toEqual(
      ['baseline', ...methods.flatMap(({ name }) => [name, name])].sort(),
    );
    const [base] = elsewhere.filter(({ stage }) => stage === 'baseline');
    for (const { score, gain } of elsewhere) expect(gain).toBeCloseTo((score ?? 0) - (base?.score ?? 0), 10);
  });
});
