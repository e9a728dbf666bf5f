import { isMethodStage } from '../schemas/pipeline-graph.js';
import type { MethodNote, Study } from './study.js';

/** What is known of the method that a stage runs; undefined for a stage that runs none. */
export function noteOf({ pipeline, methods }: Study, stage: string): MethodNote | undefined {
  const declared = pipeline.value.stages[stage];
  return declared !== undefined && isMethodStage(declared) ? methods[declared.method] : undefined;
}

/** `a vector`, `a low-rank edit`; undefined where the kind of the stage says all. */
export function formPhrase(study: Study, stage: string): string | undefined {
  const form = noteOf(study, stage)?.form ?? undefined;
  if (form === undefined || form.endsWith('s')) return form;
  return `${/^[aeiou]/.test(form) ? 'an' : 'a'} ${form}`;
}

/** The name of a stage, marked where its method is a control. */
export function stageName(study: Study, stage: string): string {
  return noteOf(study, stage)?.control ? `${stage} (control)` : stage;
}
