import type { Pipeline } from './pipeline.js';
import { dataStageOf, seedsOf, stagesOf } from './pipeline-graph.js';
import type { Group } from './stages.js';

/** The groups of a stage, in a fixed order: one activity each. */
export function groupsOf(pipeline: Pipeline, name: string): Group[] {
  const stage = pipeline.stages[name];
  switch (stage?.stage) {
    case 'pretrain':
      return Object.keys(stage.members).map((member) => ({ member }));
    case 'sample':
      return pipeline.tasks.flatMap((task) => seedsOf(stage).map((seed) => ({ task, seed })));
    case 'baseline':
      return pipeline.models.flatMap((model) => tasksOf(pipeline, model).map((task) => ({ model, task })));
    case 'prompt':
    case 'steer':
    case 'finetune':
    case 'combine':
      return pipeline.models.flatMap((model) =>
        tasksOf(pipeline, model).flatMap((task) =>
          sampleOf(pipeline, name).seeds.map((seed) => ({ model, task, seed })),
        ),
      );
    default:
      return [{}];
  }
}

/** The tasks that a model is studied on, in the order of the pipeline. */
export function tasksOf({ tasks, tasks_of }: Pipeline, model: string): string[] {
  const own = tasks_of?.[model];
  return own === undefined ? tasks : tasks.filter((task) => own.includes(task));
}

/** Cells a group holds: its budgets; one for a baseline and for a member to train; none for stages that compute no cell. */
export function cellsPerGroup(pipeline: Pipeline, name: string): number {
  const kind = pipeline.stages[name]?.stage;
  if (kind === 'baseline' || kind === 'pretrain') return 1;
  return kind === 'prompt' || kind === 'steer' || kind === 'finetune' || kind === 'combine'
    ? sampleOf(pipeline, name).budgets.length
    : 0;
}

/** What a sample stage draws. */
export interface Sizes {
  name: string;
  seeds: number[];
  budgets: number[];
  validation: number;
  test: number | 'all';
  /** Task → other tasks that its treatments are judged on too. */
  elsewhere: Record<string, string[]>;
}

/** Seeds and ascending budgets of the sample stage behind a stage. @throws Error when there is none */
export function sampleOf(pipeline: Pipeline, name: string): Sizes {
  const data = pipeline.stages[name]?.stage === 'sample' ? name : dataStageOf(pipeline, name);
  const found = stagesOf(pipeline, 'sample').find(([sample]) => sample === data);
  if (found === undefined) throw new Error(`stage "${name}" draws on no sample stage`);
  const [sampleName, stage] = found;
  const budgets = [...stage.budgets].sort((a, b) => a - b);
  const { validation, test, elsewhere } = stage;
  return { name: sampleName, seeds: seedsOf(stage), budgets, validation, test, elsewhere };
}

/** `vector · smollm2-135m-instruct · currencies · seed 0` */
export function groupTitle(stage: string, { member, model, task, seed }: Group): string {
  return [stage, member, model, task, seed === undefined ? undefined : `seed ${seed}`]
    .filter((part) => part !== undefined)
    .join(' · ');
}

/** How results are named of a treatment made for one task and judged on another. */
export function elsewhereName(task: string, other: string): string {
  return `${task} → ${other}`;
}

/** A path-safe name of a group, unique within its stage. */
export function groupSlug({ member, model, task, seed }: Group): string {
  const parts = [member, model, task].filter((part) => part !== undefined).map(slug);
  return (
    [...parts, seed === undefined ? undefined : `seed-${seed}`]
      .filter((part) => part !== undefined)
      .join('/') || 'all'
  );
}

/** The name itself when it is path-safe; else its safe characters and a hash that keeps it apart from others. */
export function slug(name: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,62}(\.[a-z0-9_-]+)*$/.test(name) && name.length <= 64) return name;
  const safe =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(-40) || 'x';
  return `${safe}-${fnv1a(name)}`;
}

/** FNV-1a, 32 bits: pure, so that workflows may use it. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
