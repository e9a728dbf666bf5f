import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { describe, expect, it, onTestFinished } from 'vitest';
import { putJson, readGroup, studyRecordName } from '../../activities/records.js';
import { stageActivity } from '../../activities/stage-activity.js';
import { readArrow } from '../../artifacts/arrow.js';
import { readTable } from '../../artifacts/parquet.js';
import { ConvergenceRow } from '../../evaluation/statistics/rows.js';
import { computeContext } from '../../runtime/compute/context.js';
import { readPipelineFile } from '../../runtime/pipelines.js';
import { readSettings } from '../../runtime/settings.js';
import { groupsOf } from '../../schemas/plan.js';
import { type LettersPipeline, studyFolder } from '../runtime/study-folder.js';

const BUDGETS = [2, 4, 8, 16];
const RUN = 'letters-0001';

/** Vectors alone, at one block; a random direction and a low-rank edit beside them. */
function vectorsOnly(pipeline: LettersPipeline): LettersPipeline {
  const { sample = {}, baseline = {}, vector = {} } = pipeline.stages;
  const search = { layers: [1], coefficients: [1] };
  return {
    ...pipeline,
    stages: {
      sample,
      baseline,
      vector: { ...vector, search },
      chance: { ...vector, method: 'random-direction', search },
      laws: { stage: 'fit', of: ['baseline', 'vector', 'chance'], resamples: 200 },
      report: { stage: 'report', of: ['laws'] },
    },
  };
}

/** A study run stage by stage in this process, and what it published. */
async function studied() {
  const folder = await studyFolder({ seeds: 2, budgets: BUDGETS, steps: 2 }, vectorsOnly);
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const context = {
    ...(await computeContext(readSettings(folder.environment, folder.path), folder.path)),
    onProgress: () => undefined,
  };
  const pipeline = { ...readPipelineFile(folder.pipeline), models: [join(folder.path, 'model')] };
  const reference = await putJson(context.store, pipeline);
  await context.store.writePointer(studyRecordName(RUN), {
    started: new Date(0).toISOString(),
    pipeline: reference,
  });
  for (const [stage, { stage: kind }] of Object.entries(pipeline.stages)) {
    for (const group of groupsOf(pipeline, stage))
      await stageActivity(kind, { run: RUN, pipeline: reference, stage, group }, context);
  }
  const file = (name: string) => readFileSync(join(folder.path, 'runs', RUN, name));
  return { context, pipeline, file };
}

/** Mean of the first rows of a matrix, in double precision. */
function meanOfRows({ width, values }: { width: number; values: Float32Array }, rows: number): number[] {
  return Array.from({ length: width }, (_, channel) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += values[row * width + channel] ?? Number.NaN;
    return sum / rows;
  });
}

function cosine(one: readonly number[], other: readonly number[]): number {
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, index) => sum + value * (b[index] ?? Number.NaN), 0);
  return dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other));
}

describe('how the vectors of a study settle', { timeout: 300_000 }, () => {
  it('is published as a table, agrees with the contrasts the vectors are means of, and stands on the page', async () => {
    const { context, pipeline, file } = await studied();
    const rows = await readTable(file('convergence.parquet'), ConvergenceRow);
    // A control's direction does not come from the examples.
    expect(rows.map(({ stage, n, largest_n, layer, seeds }) => [stage, n, largest_n, layer, seeds])).toEqual(
      [2, 4, 8].map((n) => ['vector', n, 16, '1', 2]),
    );
    // Budgets are nested: the vector from n examples is the mean of the first n contrasts behind the one from 16.
    const cosines = await Promise.all(
      groupsOf(pipeline, 'vector').map(async (group) => {
        const { cells } = await readGroup(context.store, RUN, 'vector', group);
        const contrasts = cells.find(({ n }) => n === 16)?.manifest.contrasts;
        if (!contrasts) throw new Error('found no contrasts of 16 examples');
        const [matrix] = Object.values(readArrow(await context.store.get(contrasts)).columns);
        if (!matrix) throw new Error('found no layer among the contrasts');
        return rows.map(({ n }) => cosine(meanOfRows(matrix, n), meanOfRows(matrix, 16)));
      }),
    );
    for (const [index, row] of rows.entries()) {
      const [one = Number.NaN, other = Number.NaN] = cosines.map((ofSeed) => ofSeed[index] ?? Number.NaN);
      expect(row.distance).toBeCloseTo(1 - (one + other) / 2, 5);
    }
    expect(file('convergence.csv').toString()).toContain('knee');
    const section = parseHTML(file('report.html').toString()).document.querySelector('#efficiency');
    expect(section?.textContent).toContain('How a vector settles');
    expect(section?.querySelectorAll('data[data-from$="/distance"]').length).toBe(3);
  });
});
