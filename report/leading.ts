import type { DifferenceRow } from '../evaluation/statistics/rows.js';
import type { MethodKind } from '../schemas/pipeline.js';
import { stagesOf } from '../schemas/pipeline-graph.js';
import type { Study } from './study.js';

type Where = { model: string; task: string };

/**
 * The stage that stands for its kind on a task: chosen on validation items by the fit. A task without any cell has no
 * standings; the first declared stage then names what could not be compared. Undefined when the study has none.
 */
export function leadingStage(
  { fit, pipeline }: Study,
  { model, task }: Where,
  kind: MethodKind,
): string | undefined {
  const chosen = fit.leads.find(
    (row) => row.chosen && row.kind === kind && row.model === model && row.task === task,
  );
  return chosen?.stage ?? stagesOf(pipeline.value, kind)[0]?.[0];
}

/** Whether a difference is between leading stages of its task, or of one from the untreated model. */
export function isBetweenLeads(
  study: Study,
  row: Pick<DifferenceRow, 'model' | 'task' | 'first' | 'second'>,
): boolean {
  return [row.first, row.second].every((stage) => {
    const kind = study.pipeline.value.stages[stage]?.stage;
    if (kind === 'baseline') return true;
    const isMethod = kind === 'prompt' || kind === 'steer' || kind === 'finetune' || kind === 'combine';
    return isMethod && leadingStage(study, row, kind) === stage;
  });
}
