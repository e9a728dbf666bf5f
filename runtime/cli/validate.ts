import { type PreflightSources, preflight } from '../../activities/preflight.js';
import { decidableDifference, PLANNED_SPREAD } from '../../evaluation/statistics/decidable-difference.js';
import type { Pipeline } from '../../schemas/pipeline.js';
import { stagesOf } from '../../schemas/pipeline-graph.js';
import { cellsPerGroup, groupsOf, sampleOf } from '../../schemas/plan.js';
import { readPipeline } from '../pipelines.js';
import { pipelineFolders, readSettings } from '../settings.js';
import { preflightSources } from '../sources.js';

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

/** What the seeds and items of every sample stage can decide, before anything has run. */
function decidable(pipeline: Pipeline): string[] {
  const { discordant, seedDeviation } = PLANNED_SPREAD;
  const assumed = `if methods differ on ${100 * discordant} % of items and seeds by ±${100 * seedDeviation} points`;
  return stagesOf(pipeline, 'sample').flatMap(([name]) => {
    const { seeds, test } = sampleOf(pipeline, name);
    if (test === 'all') return [];
    const half = decidableDifference({ seeds: seeds.length, items: test });
    const size = `${name}: ${seeds.length} seed(s) × ${test} test items`;
    return Number.isFinite(half)
      ? [`  ${size} tell methods apart from ${(100 * half).toFixed(1)} points of score on (95 %, ${assumed})`]
      : [`  ${size} decide nothing: the luck of one draw of examples is not known`];
  });
}
