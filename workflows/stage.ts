import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  patched,
  proxyActivities,
  rootCause,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { StageActivities } from '../activities/index.js';
import { groupsOf, groupTitle } from '../schemas/plan.js';
import type { Device, Group, GroupResult, PlannedStudy } from '../schemas/stages.js';
import { groupTable } from './details.js';
import { groupsReady, type StageProgress, setPaused, stageProgress } from './messages.js';
import { computeWork, WINDOW } from './policies.js';

export interface StageInput {
  planned: PlannedStudy;
  stage: string;
  device: Device;
  paused: boolean;
  /** Groups that are given out at once. */
  window?: number;
  /** Places of the groups that may begin; all where it is left out. More are told of by a signal. */
  ready?: number[];
  /** Where to go on under a fresh history. */
  carried?: Carried;
}

interface Carried {
  /** Groups from here on had not begun, in histories that began them one after another. */
  offset?: number;
  /** Places of the groups that have not begun. */
  waiting?: number[];
  progress: StageProgress;
  lost: string[];
  /** Groups that are done and that the study was not told of. */
  untold?: number[];
}

/** How the study is told of groups that are done. */
interface News {
  /** Histories begun before tell of each group at once, and go on as they began. */
  gathered: boolean;
  waiting: boolean;
  untold: number[];
}

const NEWS_MS = 1000;

/** One stage: its groups as activities, a sliding window of them at a time. Cells that fail do not end it; lost groups do, last of all. */
export async function stage(input: StageInput): Promise<StageProgress> {
  const groups = groupsOf(input.planned.pipeline, input.stage);
  const { waiting, progress, lost, untold } = unfinished(input, groups.length);
  const window = input.window ?? WINDOW;
  const news: News = { gathered: patched('news-is-gathered'), waiting: false, untold };
  let paused = input.paused;
  setHandler(setPaused, (value) => {
    paused = value;
  });
  let ready = input.ready === undefined ? undefined : new Set(input.ready);
  setHandler(groupsReady, (places) => {
    ready = places === 'all' ? undefined : new Set([...(ready ?? []), ...places]);
  });

  const inFlight = new Set<Promise<void>>();
  let cancelled: unknown;
  const start = (place: number): void => {
    const work = runGroup(input, { place, group: groups[place] ?? {} }, { progress, lost, news })
      .catch((error: unknown) => {
        cancelled = error;
      })
      .finally(() => inFlight.delete(work));
    inFlight.add(work);
  };
  try {
    while (waiting.length > 0 && cancelled === undefined) {
      const next = () => waiting.findIndex((place) => ready?.has(place) ?? true);
      await condition(() => cancelled !== undefined || (!paused && inFlight.size < window && next() >= 0));
      if (cancelled !== undefined) break;
      if (workflowInfo().continueAsNewSuggested) {
        await Promise.all(inFlight);
        // A run that went on after this one would not know of a cancellation that came meanwhile.
        if (cancelled !== undefined || CancellationScope.current().consideredCancelled) break;
        const carried = { waiting, progress, lost, untold: news.untold };
        const { ready: _, ...asBegun } = input;
        await continueAsNew<typeof stage>({
          ...asBegun,
          paused,
          carried,
          ...(ready && { ready: [...ready] }),
        });
      }
      const [place] = waiting.splice(next(), 1);
      if (place !== undefined) start(place);
    }
  } finally {
    await Promise.all(inFlight);
  }
  if (cancelled !== undefined) throw cancelled;
  // A worker that died meanwhile reports a timeout, not a cancellation; the stage was cancelled all the same.
  if (CancellationScope.current().consideredCancelled) await CancellationScope.current().cancelRequested;
  if (lost.length > 0)
    throw ApplicationFailure.nonRetryable(lostMessage(input.stage, groups.length, lost), 'GroupsLost');
  return { ...progress, state: 'done' };
}

function unfinished({ stage, carried }: StageInput, groups: number): Required<Omit<Carried, 'offset'>> {
  const { offset = 0, progress = begun(stage, groups), lost = [], untold = [] } = carried ?? {};
  const waiting = carried?.waiting ?? Array.from({ length: groups - offset }, (_, index) => offset + index);
  return { waiting, progress, lost, untold };
}

async function runGroup(
  input: StageInput,
  { place, group }: { place: number; group: Group },
  { progress, lost, news }: Pick<Carried, 'progress' | 'lost'> & { news: News },
): Promise<void> {
  const { planned, device } = input;
  const title = groupTitle(input.stage, group);
  const kind = planned.pipeline.stages[input.stage]?.stage;
  if (kind === undefined) throw ApplicationFailure.nonRetryable(`no stage "${input.stage}"`, 'InvalidInput');
  const activities = proxyActivities<StageActivities>({ ...computeWork(device), summary: title });
  try {
    count(
      progress,
      await activities[kind]({ run: planned.run, pipeline: planned.reference, stage: input.stage, group }),
    );
    news.untold.push(place);
  } catch (error) {
    if (isCancellation(error)) throw error;
    lost.push(`${title}: ${rootCause(error)}`);
  }
  progress.groupsDone += 1;
  setCurrentDetails(groupTable(progress, lost));
  await announce(progress, news);
}

function count(progress: StageProgress, result: GroupResult): void {
  progress.computed += result.computed;
  progress.cached += result.cached;
  progress.failed += result.failed;
  progress.headline = result.headline;
}

/**
 * Tells the study, at most about fifty times a stage: every signal is an event of its history. That the last group is
 * done is told by the stage's end.
 */
async function announce(progress: StageProgress, news: News): Promise<void> {
  const every = Math.max(1, Math.floor(progress.groups / 50));
  if (progress.groupsDone % every !== 0) return;
  if (news.gathered) return tellSoon(progress, news);
  // Histories begun before this told it twice, and go on as they began.
  if (progress.groupsDone === progress.groups && patched('the-end-tells-of-the-last-group')) return;
  await tell(progress, news);
}

/** Tells of all that is done within a second at once: a stage that finds everything is over by then, and tells nothing. */
function tellSoon(progress: StageProgress, news: News): void {
  if (news.waiting || progress.groupsDone === progress.groups) return;
  news.waiting = true;
  sleep(NEWS_MS)
    .then(() => {
      news.waiting = false;
      return tell(progress, news);
    })
    // Cancelled, or the study is gone: nobody waits for the news.
    .catch(() => undefined);
}

async function tell(progress: StageProgress, news: News): Promise<void> {
  const parent = workflowInfo().parent;
  if (parent === undefined) return;
  const done = news.untold.splice(0);
  await getExternalWorkflowHandle(parent.workflowId).signal(stageProgress, { ...progress }, done);
}

function begun(stage: string, groups: number): StageProgress {
  return { stage, state: 'running', groups, groupsDone: 0, computed: 0, cached: 0, failed: 0, headline: '' };
}

function lostMessage(stage: string, groups: number, lost: string[]): string {
  return `stage "${stage}" lost ${lost.length} of ${groups} groups; start the study again to redo just these:\n${lost.slice(0, 10).join('\n')}`;
}
