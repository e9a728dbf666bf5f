import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalog } from '../../methods/catalog.js';
import { parsePipeline } from '../../schemas/pipeline-file.js';
import { groupsOf } from '../../schemas/plan.js';
import { Readiness } from '../../workflows/readiness.js';

const file = resolve(import.meta.dirname, '../../pipelines/quickstart.yaml');
const pipeline = parsePipeline(readFileSync(file, 'utf8'), 'quickstart.yaml', catalog);

function whenDone(finished: readonly string[], { baselineFirst = false } = {}): Readiness {
  const readiness = new Readiness(pipeline, { baselineFirst });
  for (const stage of finished) readiness.finished(stage);
  return readiness;
}

describe('which groups may begin', () => {
  it('are all of a stage when the stages that it names are done, and none before', () => {
    expect(whenDone([]).of('sample')).toBe('all');
    expect(whenDone([]).mayBegin('vector')).toBe(false);
    expect(whenDone(['sample']).of('vector')).toBe('all');
    expect(whenDone(['sample', 'baseline', 'vector', 'lora']).mayBegin('laws')).toBe(false);
    expect(whenDone(['sample', 'baseline', 'vector', 'lora', 'both']).of('laws')).toBe('all');
  });

  it('are those of a combination whose parts have done theirs', () => {
    expect(groupsOf(pipeline, 'both').length).toBeGreaterThan(2);
    const readiness = whenDone(['sample']);
    readiness.groupsDone('lora', [2, 0]);
    expect(readiness.mayBegin('both')).toBe(false);
    readiness.groupsDone('vector', [0, 1]);
    expect(readiness.of('both')).toEqual([0]);
    readiness.finished('vector');
    expect(readiness.of('both')).toEqual([0, 2]);
    readiness.finished('lora');
    expect(readiness.of('both')).toBe('all');
  });

  it('are none of a fit while a stage of it still runs, whatever of that is done', () => {
    const readiness = whenDone(['sample', 'baseline', 'vector', 'lora']);
    readiness.groupsDone('both', [0, 1, 2, 3]);
    expect(readiness.of('laws')).toEqual([]);
  });

  it('wait for the baseline in studies that began so', () => {
    expect(whenDone(['sample'], { baselineFirst: true }).mayBegin('vector')).toBe(false);
    expect(whenDone(['sample', 'baseline'], { baselineFirst: true }).of('vector')).toBe('all');
    expect(whenDone(['sample'], { baselineFirst: true }).of('baseline')).toBe('all');
  });
});
