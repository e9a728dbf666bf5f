import type { Corpus } from '../evaluation/corpora/corpus.js';
import type { Task } from '../evaluation/tasks/load-task.js';
import { sample, sampleElsewhere } from '../evaluation/tasks/sample.js';
import type { ClaimSet } from '../schemas/claims.js';
import { InvalidInput } from '../schemas/invalid-input.js';
import { memberOf } from '../schemas/member-names.js';
import type { Pipeline } from '../schemas/pipeline.js';
import { stagesOf } from '../schemas/pipeline-graph.js';
import { sampleOf } from '../schemas/plan.js';
import type { PretrainStage } from '../schemas/pretraining.js';
import { isRetryable } from '../schemas/retryable.js';
import { checkClaims } from './claims.js';
import { memberConfig } from './member-config.js';
import { stageCorpus } from './stage-corpus.js';

export interface PreflightSources {
  loadTask: (name: string) => Promise<Task>;
  loadCorpus: (name: string) => Promise<Corpus>;
  loadText: (name: string) => Promise<unknown>;
  loadClaims: (name: string) => Promise<ClaimSet>;
  /** Resolves when the model is there or can be fetched. @throws naming what is missing */
  findModel: (name: string) => Promise<unknown>;
}

/**
 * What the pipeline's text alone cannot tell: whether its models and tasks are there and its budgets fit the data.
 * @throws InvalidInput listing every fault; what may pass, such as a connection that broke, as it is
 */
export async function preflight(
  pipeline: Pipeline,
  { loadTask, loadCorpus, loadText, loadClaims, findModel }: PreflightSources,
): Promise<void> {
  const models = pipeline.models
    .filter((model) => memberOf(pipeline, model) === undefined)
    .map((model) => faultOf(() => findModel(model)));
  const members = stagesOf(pipeline, 'pretrain').map(([, stage]) =>
    faultOf(() => checkMembers(stage, loadCorpus)),
  );
  const tasks = pipeline.tasks.map((name) =>
    faultOf(async () => {
      const task = await loadTask(name);
      for (const [stage] of stagesOf(pipeline, 'sample')) {
        const { seeds, ...sizes } = sampleOf(pipeline, stage);
        for (const seed of seeds) sample(task, { ...sizes, seed });
        for (const other of sizes.elsewhere[name] ?? [])
          sampleElsewhere(task, await loadTask(other), sizes.test);
      }
    }),
  );
  const texts = stagesOf(pipeline, 'baseline').flatMap(([, baseline]) =>
    baseline.off_target.map((name) => faultOf(() => loadText(name))),
  );
  const claims = faultOf(() => checkClaims(pipeline, loadClaims));
  const faults = (await Promise.all([...models, ...members, ...tasks, ...texts, claims])).filter(
    (fault) => fault !== undefined,
  );
  if (faults.length > 0) throw new InvalidInput(faults.join('\n'));
}

async function checkMembers(stage: PretrainStage, loadCorpus: PreflightSources['loadCorpus']): Promise<void> {
  const corpus = await stageCorpus(stage, loadCorpus);
  for (const member of Object.keys(stage.members)) memberConfig(stage, member, corpus);
}

async function faultOf(check: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    // A hub that does not answer is no fault of the pipeline.
    if (isRetryable(error)) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}
