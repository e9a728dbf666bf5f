import type { Store } from '../artifacts/store.js';
import type { ConvergenceRow } from '../evaluation/statistics/rows.js';
import { type CellVectors, vectorConvergence } from '../evaluation/statistics/vector-convergence.js';
import { storedVectors } from '../models/treatment-file.js';
import type { Pipeline } from '../schemas/pipeline.js';
import { stagesOf } from '../schemas/pipeline-graph.js';
import type { GroupRecord } from '../schemas/stages.js';
import { methodOf } from './methods.js';

/** Forms of treatment that are a direction and nothing else. */
const DIRECTIONS: readonly (string | undefined)[] = ['vector', 'gated vector'];

/** How the vectors of a study settle with examples; undefined where no stage makes vectors. */
export async function studyConvergence(
  store: Store,
  groups: readonly GroupRecord[],
  { pipeline, confidence }: { pipeline: Pipeline; confidence: number },
): Promise<ConvergenceRow[] | undefined> {
  const stages = vectorStages(pipeline);
  const wanted = groups.filter(({ stage }) => stages.includes(stage));
  if (wanted.length === 0) return undefined;
  const cells = await Promise.all(wanted.map((group) => cellVectors(store, group)));
  return vectorConvergence(cells.flat(), confidence);
}

// A control's direction does not come from the examples.
function vectorStages(pipeline: Pipeline): string[] {
  return stagesOf(pipeline, 'steer').flatMap(([name, stage]) => {
    const { form, control = false } = methodOf(stage).method;
    return DIRECTIONS.includes(form) && !control ? [name] : [];
  });
}

async function cellVectors(store: Store, { cells, ...group }: GroupRecord): Promise<CellVectors[]> {
  const { model, task, stage, method, seed } = group;
  const found = cells.map(async ({ n, manifest: { treatment } }): Promise<CellVectors[]> => {
    if (treatment === null) return [];
    const place = `treatment of ${stage} · ${model} · ${task} · N=${n} · seed ${seed}`;
    const vectors = storedVectors(await store.get(treatment), place);
    return vectors.size === 0 ? [] : [{ model, task, stage, method, n, seed, vectors }];
  });
  return (await Promise.all(found)).flat();
}
