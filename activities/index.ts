import type { StageKind } from '../schemas/pipeline.js';
import type { GroupInput, GroupResult, PlannedStudy, StudyInput } from '../schemas/stages.js';

/** Checks a study's input; runs in the worker itself. */
export interface PlanActivities {
  plan(input: StudyInput): Promise<PlannedStudy>;
}

/** One activity a stage kind; all run in a compute child. */
export type StageActivities = Record<StageKind, (input: GroupInput) => Promise<GroupResult>>;
