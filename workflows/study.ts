import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  type ChildWorkflowHandle,
  condition,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { PlanActivities } from '../activities/index.js';
import { cellsPerGroup, groupsOf } from '../schemas/plan.js';
import type { PlannedStudy, StudyInput } from '../schemas/stages.js';
import { studyTable } from './details.js';
import {
  groupsReady,
  pauseUpdate,
  planQuery,
  progressQuery,
  resumeUpdate,
  type StageProgress,
  type StudyProgress,
  setPaused,
  stageProgress,
} from './messages.js';
import { promptWork } from './policies.js';
import { Readiness } from './readiness.js';
import { type StageInput, stage } from './stage.js';

const { plan } = proxyActivities<PlanActivities>({ ...promptWork, summary: 'check the pipeline' });

const LEFTOVER_WAIT_MS = 2000;
const LEFTOVER_WAITS = 30;

/** What a finished study says of itself; everything else is under `runs/<run>/`. */
export interface StudyOutcome {
  run: string;
  computed: number;
  cached: number;
  failed: number;
  answer: string;
}

/** A whole study: check the pipeline, then run every stage as soon as the stages it names are done. */
export async function study(input: StudyInput): Promise<StudyOutcome> {
  const progress: StudyProgress = { run: undefined, paused: false, stages: [] };
  let planned: PlannedStudy | undefined;
  setHandler(planQuery, () => planned);
  setHandler(progressQuery, () => progress);
  setHandler(pauseUpdate, () => pause(progress, true));
  setHandler(resumeUpdate, () => pause(progress, false));

  planned = await plan({ device: 'cpu', ...input });
  describePlan(progress, planned);
  const { device = 'cpu', window } = input;
  await runStages(planned, { device, progress, ...(window !== undefined && { window }) });
  return outcome(planned, progress);
}

/**
 * Runs every stage as soon as one of its groups may begin. When one fails, or the study is cancelled, the others are
 * cancelled and waited for: a study that has ended leaves nothing running that its next run would find in its way.
 */
async function runStages(
  planned: PlannedStudy,
  { progress, ...given }: Pick<StageInput, 'device' | 'window'> & { progress: StudyProgress },
): Promise<void> {
  // Studies begun before let every method wait for the untreated model's scores, and begin stages at once.
  const inTurn = patched('stages-begin-in-turn');
  const readiness = new Readiness(planned.pipeline, { baselineFirst: !inTurn });
  const turns = new Turns();
  const early = new EarlyStages(readiness);
  setHandler(stageProgress, (update, done = []) => {
    show(progress, update);
    readiness.groupsDone(update.stage, done);
    early.tell();
  });
  const runStage = async (name: string): Promise<void> => {
    await condition(() => readiness.mayBegin(name));
    show(progress, { ...stageOf(progress, name), state: 'running' });
    const ready = readiness.of(name);
    const begin = async () => {
      // When its turn comes, not before: the study may be paused while it waits.
      const { paused } = progress;
      const input = { planned, stage: name, ...given, paused };
      const begun = await begunChild(ready === 'all' ? input : { ...input, ready });
      // One that has ended meanwhile says so by its result.
      if (progress.paused !== paused) await begun.signal(setPaused, progress.paused).catch(() => undefined);
      return begun;
    };
    const child = await (inTurn ? turns.take(begin) : begin());
    if (ready !== 'all') early.began(name, child, ready);
    show(progress, await child.result());
    readiness.finished(name);
    early.tell();
  };
  await CancellationScope.cancellable(async () => {
    const stages = Object.keys(planned.pipeline.stages).map(runStage);
    try {
      await Promise.all(stages);
    } catch (error) {
      CancellationScope.current().cancel();
      await Promise.allSettled(stages);
      throw error;
    }
  });
}

type StageHandle = ChildWorkflowHandle<typeof stage>;

/**
 * Stages that may begin together begin in the order in which the pipeline declares them, each when the one before has, so
 * that its groups wait behind those of the one before: what takes longest can be declared first, and keeps no core
 * waiting at the end.
 */
class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take(begin: () => Promise<StageHandle>): Promise<StageHandle> {
    const begun = this.#last.then(begin);
    // One that could not begin is its own stage's failure.
    this.#last = begun.catch(() => undefined);
    return begun;
  }
}

/** Stages that began before all of their groups could, and how many of these they were told of. */
class EarlyStages {
  readonly #readiness: Readiness;
  readonly #told = new Map<string, { child: StageHandle; groups: number }>();

  constructor(readiness: Readiness) {
    this.#readiness = readiness;
  }

  /** @param ready what the stage was begun with; it is told what became ready while it was being started */
  began(name: string, child: StageHandle, ready: readonly number[]): void {
    this.#told.set(name, { child, groups: ready.length });
    this.tell();
  }

  /** Groups that may begin stay so: more than a stage was told of is news. */
  tell(): void {
    for (const [name, { child, groups }] of this.#told) {
      const ready = this.#readiness.of(name);
      if (ready !== 'all' && ready.length === groups) continue;
      if (ready === 'all') this.#told.delete(name);
      else this.#told.set(name, { child, groups: ready.length });
      // A stage that has ended meanwhile says so by its result.
      child.signal(groupsReady, ready).catch(() => undefined);
    }
  }
}

function stageId(stage: string): string {
  return `${workflowInfo().workflowId}/${stage}`;
}

/** A stage as a child workflow that has begun; one left by a study that was terminated may still be ending, and is waited for. */
async function begunChild(input: StageInput): Promise<StageHandle> {
  const { pipeline, run } = input.planned;
  for (let waited = 0; ; waited++) {
    try {
      return await startChild(stage, {
        args: [input],
        workflowId: stageId(input.stage),
        staticSummary: `${run} · ${input.stage}`,
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        searchAttributes: { CrossoverPipeline: [pipeline.name], CrossoverStage: [input.stage] },
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError) || waited === LEFTOVER_WAITS) throw error;
      await sleep(LEFTOVER_WAIT_MS);
    }
  }
}

function describePlan(progress: StudyProgress, { run, pipeline }: PlannedStudy): void {
  progress.run = run;
  progress.stages = Object.keys(pipeline.stages).map((name) => ({
    stage: name,
    state: 'waiting',
    groups: groupsOf(pipeline, name).length,
    groupsDone: 0,
    computed: 0,
    cached: 0,
    failed: 0,
    headline: '',
  }));
  const cells = Object.keys(pipeline.stages).map(
    (name) => groupsOf(pipeline, name).length * cellsPerGroup(pipeline, name),
  );
  upsertSearchAttributes({
    CrossoverPipeline: [pipeline.name],
    CrossoverCellsTotal: [cells.reduce((sum, n) => sum + n, 0)],
    CrossoverCellsDone: [0],
  });
  setCurrentDetails(studyTable(progress));
}

function stageOf(progress: StudyProgress, name: string): StageProgress {
  const found = progress.stages.find((s) => s.stage === name);
  if (found === undefined) throw new Error(`no stage "${name}" in the plan`);
  return found;
}

/** Takes a stage's news; late signals of a stage that is done change nothing. */
function show(progress: StudyProgress, update: StageProgress): void {
  const current = stageOf(progress, update.stage);
  if (current.state === 'done') return;
  const before = cellsDone(progress);
  Object.assign(current, update);
  setCurrentDetails(studyTable(progress));
  const done = cellsDone(progress);
  // Studies begun before told it at the end of a stage alone, and go on as they began.
  if (update.state === 'done' || (done !== before && patched('cells-done-as-they-come')))
    upsertSearchAttributes({ CrossoverCellsDone: [done] });
}

function cellsDone({ stages }: StudyProgress): number {
  return stages.reduce((sum, s) => sum + s.computed + s.cached + s.failed, 0);
}

async function pause(progress: StudyProgress, paused: boolean): Promise<void> {
  progress.paused = paused;
  setCurrentDetails(studyTable(progress));
  const running = progress.stages.filter((s) => s.state === 'running');
  // One that has not begun, or has just ended, takes no signal: it reads `paused` when it begins.
  await Promise.allSettled(
    running.map((s) => getExternalWorkflowHandle(stageId(s.stage)).signal(setPaused, paused)),
  );
}

function outcome({ run, pipeline }: PlannedStudy, { stages }: StudyProgress): StudyOutcome {
  const total = (of: (s: StageProgress) => number) => stages.reduce((sum, s) => sum + of(s), 0);
  const report = stages.find((s) => pipeline.stages[s.stage]?.stage === 'report');
  return {
    run,
    computed: total((s) => s.computed),
    cached: total((s) => s.cached),
    failed: total((s) => s.failed),
    answer: report?.headline ?? '',
  };
}
