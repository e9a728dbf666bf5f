import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { PlannedStudy } from '../schemas/stages.js';

/** Where one stage stands. Counts are of cells; for stages without cells, of groups. */
export interface StageProgress {
  stage: string;
  state: 'waiting' | 'running' | 'done' | 'failed';
  groups: number;
  groupsDone: number;
  computed: number;
  cached: number;
  failed: number;
  headline: string;
}

export interface StudyProgress {
  run: string | undefined;
  paused: boolean;
  stages: StageProgress[];
}

/** Reported by a stage to its study, now and then, with the places of the groups that are done since the last time. */
export const stageProgress = defineSignal<[StageProgress, number[]?]>('stageProgress');

/** Sent by a study to a stage that began before all of its groups could: places of those that now may. */
export const groupsReady = defineSignal<[number[] | 'all']>('groupsReady');

/** Sent by a study to its running stages. */
export const setPaused = defineSignal<[boolean]>('setPaused');

export const progressQuery = defineQuery<StudyProgress>('progress');
export const planQuery = defineQuery<PlannedStudy | undefined>('plan');

/** Groups already begun are finished; no further one begins until `resume`. */
export const pauseUpdate = defineUpdate<void, []>('pause');
export const resumeUpdate = defineUpdate<void, []>('resume');
