import { type PreflightSources, preflight } from '../../activities/preflight.js';
import type { Pipeline } from '../../schemas/pipeline.js';
import { stagesOf } from '../../schemas/pipeline-graph.js';
import { cellsPerGroup, groupsOf, sampleOf } from '../../schemas/plan.js';
import { readPipeline } from '../pipelines.js';
import { pipelineFolders, readSettings } from '../settings.js';
import { preflightSources } from '../sources.js';
import { decidableLines } from './decidable.js';

/** Checks a pipeline as `run` would, and says what it would compute. */
export async function validate(text: string, { json }: { json?: boolean }): Promise<void> {
  const pipeline = await checkedPipeline(text);
  process.stdout.write(json ? `${JSON.stringify({ pipeline })}\n` : `${planTable(pipeline).join('\n')}\n`);
}

/** Reads a pipeline and checks it against the models and tasks there are. @throws InvalidPipeline, InvalidInput */
export async function checkedPipeline(
  text: string,
  sources: PreflightSources = preflightSources(readSettings(process.env, process.cwd()), process.cwd()),
): Promise<Pipeline> {
  const folder = process.cwd();
  const pipeline = readPipeline(text, pipelineFolders(folder));
  await preflight(pipeline, sources);
  return pipeline;
}

function planTable(pipeline: Pipeline): string[] {
  const rows = Object.entries(pipeline.stages).map(([name, { stage }]) => {
    const groups = groupsOf(pipeline, name).length;
    return { name, stage, groups, cells: groups * cellsPerGroup(pipeline, name) };
  });
  const width = Math.max(...rows.map(({ name }) => name.length));
  const cells = rows.reduce((sum, row) => sum + row.cells, 0);
  return [
    `${pipeline.name} is valid: ${pipeline.models.length} model(s), ${pipeline.tasks.length} task(s), ${cells} cells`,
    ...rows.map((row) =>
      `  ${row.name.padEnd(width)} ${row.stage.padEnd(9)} ${String(row.groups).padStart(4)} groups  ${row.cells > 0 ? `${row.cells} cells` : ''}`.trimEnd(),
    ),
    ...decidable(pipeline),
  ];
}

/** What the seeds and items of every sample stage can decide; nothing of one that takes all test items there are. */
function decidable(pipeline: Pipeline): string[] {
  return stagesOf(pipeline, 'sample').flatMap(([name]) => {
    const { seeds, test } = sampleOf(pipeline, name);
    return test === 'all' ? [] : decidableLines(name, { seeds: seeds.length, items: test });
  });
}
