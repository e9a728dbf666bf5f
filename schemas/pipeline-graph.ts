import { memberIssues, pretrainStagesOf } from './member-names.js';
import type { MethodStage, Pipeline, Stage, StageKind, StageOf } from './pipeline.js';
import { didYouMean } from './suggestion.js';

/** A fault of a pipeline, at a path of keys within its document. */
export interface PipelineIssue {
  path: (string | number)[];
  message: string;
  /** The key at `path` is at fault, not its value. */
  atKey?: boolean;
}

/** Stage names of `kind`, in the order they are written. */
export function stagesOf<K extends StageKind>(pipeline: Pipeline, kind: K): [string, StageOf<K>][] {
  return Object.entries(pipeline.stages).filter(
    (entry): entry is [string, StageOf<K>] => entry[1].stage === kind,
  );
}

/** The seeds of a sample stage as a list. */
export function seedsOf(stage: StageOf<'sample'>): number[] {
  return Array.isArray(stage.seeds) ? stage.seeds : Array.from({ length: stage.seeds }, (_, seed) => seed);
}

/** The sample stage that a stage's cells draw their items from; undefined for sample, fit and report. */
export function dataStageOf(pipeline: Pipeline, name: string): string | undefined {
  const stage = pipeline.stages[name];
  switch (stage?.stage) {
    case 'baseline':
    case 'prompt':
    case 'steer':
    case 'finetune':
      return stage.data;
    case 'combine':
      return dataStageOf(pipeline, stage.of[0]);
    default:
      return undefined;
  }
}

/** The baseline stage over the same data: it says which unrelated text every method is judged on. */
export function baselineStageOf(pipeline: Pipeline, name: string): string | undefined {
  const data = dataStageOf(pipeline, name);
  return stagesOf(pipeline, 'baseline').find(([, baseline]) => baseline.data === data)?.[0];
}

/** Names of the stages that must be done before `name` may begin. */
export function dependenciesOf(pipeline: Pipeline, name: string): string[] {
  const stage = pipeline.stages[name];
  if (stage === undefined) return [];
  const named = references(stage).map((reference) => reference.name);
  const computes = stage.stage === 'baseline' || stage.stage === 'combine' || isMethodStage(stage);
  return computes ? [...named, ...pretrainStagesOf(pipeline)] : named;
}

/** Whether a stage runs one method on examples. */
export function isMethodStage(stage: Stage): stage is MethodStage {
  return stage.stage === 'prompt' || stage.stage === 'steer' || stage.stage === 'finetune';
}

/** The stages that a combination combines; none of any other stage. */
export function partsOf(pipeline: Pipeline, stage: Stage): Stage[] {
  return stage.stage === 'combine' ? stage.of.flatMap((part) => pipeline.stages[part] ?? []) : [];
}

const referable: Record<StageKind, readonly StageKind[]> = {
  pretrain: [],
  sample: [],
  baseline: ['sample'],
  prompt: ['sample'],
  steer: ['sample'],
  finetune: ['sample'],
  combine: ['prompt', 'steer', 'finetune'],
  fit: ['baseline', 'prompt', 'steer', 'finetune', 'combine'],
  report: ['fit'],
};

/** Faults that no single stage shows: dangling names, wrong kinds, unused stages, unequal searches. */
export function graphIssues(pipeline: Pipeline, trials: (stage: Stage) => number): PipelineIssue[] {
  return [
    ...referenceIssues(pipeline),
    ...combineIssues(pipeline),
    ...baselineIssues(pipeline),
    ...memberIssues(pipeline),
    ...elsewhereIssues(pipeline),
    ...taskChoiceIssues(pipeline),
    ...fitIssues(pipeline),
    ...unusedIssues(pipeline),
    ...searchIssues(pipeline, trials),
    ...duplicateIssues(pipeline),
  ];
}

function references(stage: Stage): { path: (string | number)[]; name: string }[] {
  switch (stage.stage) {
    case 'pretrain':
    case 'sample':
      return [];
    case 'combine':
      // A study that was planned before there was `against` may still be running.
      return [...listed('of', stage.of), ...listed('against', stage.against ?? [])];
    case 'fit':
    case 'report':
      return listed('of', stage.of);
    default:
      return [{ path: ['data'], name: stage.data }];
  }
}

function listed(key: string, names: readonly string[]): { path: (string | number)[]; name: string }[] {
  return names.map((name, index) => ({ path: [key, index], name }));
}

function referenceIssues(pipeline: Pipeline): PipelineIssue[] {
  const names = Object.keys(pipeline.stages);
  return Object.entries(pipeline.stages).flatMap(([owner, stage]) =>
    references(stage).flatMap(({ path, name }) => {
      const target = pipeline.stages[name];
      const place = ['stages', owner, ...path];
      const kinds = referable[stage.stage].join(' or ');
      if (target === undefined) {
        const known = names.filter((n) =>
          referable[stage.stage].includes(pipeline.stages[n]?.stage ?? 'report'),
        );
        return [
          {
            path: place,
            message: `stage "${owner}" names a missing stage "${name}"; expected the name of a ${kinds} stage${didYouMean(name, known)}`,
          },
        ];
      }
      if (referable[stage.stage].includes(target.stage)) return [];
      return [
        {
          path: place,
          message: `stage "${owner}" (${stage.stage}) names "${name}", which is a ${target.stage} stage; expected a ${kinds} stage`,
        },
      ];
    }),
  );
}

function combineIssues(pipeline: Pipeline): PipelineIssue[] {
  return stagesOf(pipeline, 'combine').flatMap(([name, stage]) => {
    const path = ['stages', name, 'of'];
    if (stage.of[0] === stage.of[1])
      return [
        { path, message: `stage "${name}" combines "${stage.of[0]}" with itself; expected two stages` },
      ];
    const data = stage.of.map((part) => dataStageOf(pipeline, part));
    if (data[0] === data[1] || data.includes(undefined)) return [];
    return [
      {
        path,
        message: `stage "${name}" combines parts over different data ("${data[0]}" and "${data[1]}"); expected the same sample stage`,
      },
    ];
  });
}

function baselineIssues(pipeline: Pipeline): PipelineIssue[] {
  const baselines = stagesOf(pipeline, 'baseline');
  return Object.entries(pipeline.stages).flatMap(([name, stage]) => {
    if (!isMethodStage(stage)) return [];
    const count = baselines.filter(([, baseline]) => baseline.data === stage.data).length;
    if (count === 1) return [];
    return [
      {
        path: ['stages', name, 'data'],
        message: `stage "${name}" needs exactly one baseline stage over data "${stage.data}"; found ${count}`,
      },
    ];
  });
}

function elsewhereIssues(pipeline: Pipeline): PipelineIssue[] {
  return stagesOf(pipeline, 'sample').flatMap(([name, { elsewhere }]) =>
    Object.keys(elsewhere)
      .filter((task) => !pipeline.tasks.includes(task))
      .map((task) => ({
        path: ['stages', name, 'elsewhere', task],
        atKey: true,
        message: `"${task}" is no task of this pipeline; expected one of ${pipeline.tasks.join(', ')}${didYouMean(task, pipeline.tasks)}`,
      })),
  );
}

/** Names in `tasks_of` that the pipeline does not know. */
function taskChoiceIssues({ models, tasks, tasks_of = {} }: Pipeline): PipelineIssue[] {
  const unknown = (name: string, known: readonly string[], what: string) =>
    `"${name}" is no ${what} of this pipeline; expected one of ${known.join(', ')}${didYouMean(name, known)}`;
  return Object.entries(tasks_of).flatMap(([model, chosen]) => [
    ...(models.includes(model)
      ? []
      : [{ path: ['tasks_of', model], atKey: true, message: unknown(model, models, 'model') }]),
    ...chosen.flatMap((task, index) =>
      tasks.includes(task)
        ? []
        : [{ path: ['tasks_of', model, index], message: unknown(task, tasks, 'task') }],
    ),
  ]);
}

function fitIssues(pipeline: Pipeline): PipelineIssue[] {
  return stagesOf(pipeline, 'fit').flatMap(([name, stage]) => {
    const parts = stage.of.map((part) => pipeline.stages[part]);
    const path = ['stages', name, 'of'];
    const compared = parts.flatMap((part) =>
      part?.stage === 'combine' ? [...part.of, ...part.against] : [],
    );
    const missing = [...new Set(compared)].filter((other) => !stage.of.includes(other));
    const unfitted = missing.map((other) => ({
      path,
      message: `stage "${name}" fits a combination but not "${other}", which the combination is compared with; add it to "of"`,
    }));
    if (parts.some((part) => part?.stage === 'baseline')) return unfitted;
    return [
      ...unfitted,
      {
        path,
        message: `stage "${name}" fits no baseline stage; gains are measured against one, so add it to "of"`,
      },
    ];
  });
}

function unusedIssues(pipeline: Pipeline): PipelineIssue[] {
  const reports = stagesOf(pipeline, 'report');
  if (reports.length !== 1) {
    return [{ path: ['stages'], message: `expected exactly one report stage; found ${reports.length}` }];
  }
  const used = new Set<string>();
  const visit = (name: string): void => {
    if (used.has(name)) return;
    used.add(name);
    for (const dependency of dependenciesOf(pipeline, name)) visit(dependency);
  };
  for (const [name] of reports) visit(name);
  return Object.keys(pipeline.stages)
    .filter((name) => !used.has(name))
    .map((name) => ({
      path: ['stages', name],
      message: `stage "${name}" is not used: no report stage depends on it; name it in a fit stage's "of", or remove it`,
    }));
}

/**
 * Fairness: every method's search has the same number of trials; a stage that a combination is held against has as many
 * as the combination in all its searches.
 */
function searchIssues(pipeline: Pipeline, trials: (stage: Stage) => number): PipelineIssue[] {
  const combinations = stagesOf(pipeline, 'combine');
  const rivals = new Set(combinations.flatMap(([, { against }]) => against));
  const searched = Object.entries(pipeline.stages).filter(
    ([name, stage]) => isMethodStage(stage) && !rivals.has(name),
  );
  const [first, ...others] = searched;
  if (first === undefined) return [];
  const expected = trials(first[1]);
  const unequal = others
    .filter(([, stage]) => trials(stage) !== expected)
    .map(([name, stage]) => ({
      path: ['stages', name, 'search'],
      message: `stage "${name}" searches ${trials(stage)} trials but "${first[0]}" searches ${expected}; expected equal numbers of trials for every method`,
    }));
  return [...unequal, ...combinations.flatMap((combination) => rivalIssues(pipeline, combination, trials))];
}

function rivalIssues(
  pipeline: Pipeline,
  [name, combination]: [string, StageOf<'combine'>],
  trials: (stage: Stage) => number,
): PipelineIssue[] {
  const trialsOf = (stage: string) => {
    const found = pipeline.stages[stage];
    return found === undefined ? 0 : trials(found);
  };
  const expected = trials(combination);
  return combination.against
    .filter((rival) => trialsOf(rival) !== expected)
    .map((rival) => ({
      path: ['stages', rival, 'search'],
      message: `stage "${rival}" searches ${trialsOf(rival)} trials; expected ${expected}, as many as "${name}", which is held against it`,
    }));
}

function duplicateIssues(pipeline: Pipeline): PipelineIssue[] {
  const lists: [(string | number)[], readonly (string | number)[]][] = [
    [['models'], pipeline.models],
    [['tasks'], pipeline.tasks],
    ...stagesOf(pipeline, 'sample').flatMap(([name, stage]): [(string | number)[], readonly number[]][] => [
      [['stages', name, 'budgets'], stage.budgets],
      [['stages', name, 'seeds'], seedsOf(stage)],
    ]),
  ];
  return lists.flatMap(([path, values]) =>
    values.flatMap((value, index) =>
      values.indexOf(value) === index
        ? []
        : [{ path: [...path, index], message: `${path.at(-1)} names ${JSON.stringify(value)} twice` }],
    ),
  );
}
