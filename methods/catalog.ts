import type { Stage } from '../schemas/pipeline.js';
import { type MethodCatalog, methodOptions } from '../schemas/pipeline-file.js';
import { isMethodStage } from '../schemas/pipeline-graph.js';
import { finetuneThenSteer } from './combined/finetune-then-steer.js';
import { joint } from './combined/joint.js';
import { splitData } from './combined/split-data.js';
import { steerThenFinetune } from './combined/steer-then-finetune.js';
import { biasOnly } from './finetuning/bias-only.js';
import { full } from './finetuning/full.js';
import { lora } from './finetuning/lora.js';
import { weightSteering } from './finetuning/weight-steering.js';
import type { Method, PartChoice } from './method.js';
import { fewShot } from './prompting/few-shot.js';
import { instruction } from './prompting/instruction.js';
import { conditional } from './steering/conditional.js';
import { logisticProbe } from './steering/logistic-probe.js';
import { meanDifference } from './steering/mean-difference.js';
import { preferenceVector } from './steering/preference-vector.js';
import { principalComponent } from './steering/principal-component.js';
import { randomDirection } from './steering/random-direction.js';
import { direft, loreft } from './steering/reft.js';
import { trainedVector } from './steering/trained-vector.js';

/** Every method there is, along the continuum: from a prompt to all weights, then combinations. A new one is added here. */
export const methods: readonly Method[] = [
  instruction,
  fewShot,
  randomDirection,
  meanDifference,
  principalComponent,
  logisticProbe,
  conditional,
  trainedVector,
  preferenceVector,
  loreft,
  direft,
  biasOnly,
  lora,
  weightSteering,
  full,
  finetuneThenSteer,
  steerThenFinetune,
  joint,
  splitData,
];

export function methodNamed(kind: Method['kind'], name: string): Method | undefined {
  return methods.find((method) => method.kind === kind && method.name === name);
}

/** The method that a stage runs; none where it runs none that is known. */
function choiceOf(stage: Stage): PartChoice[] {
  const method = isMethodStage(stage)
    ? methodNamed(stage.stage, stage.method)
    : stage.stage === 'combine'
      ? methodNamed('combine', stage.order)
      : undefined;
  return method === undefined ? [] : [{ method, options: methodOptions(stage) }];
}

/** What the check of a pipeline must know of the methods. */
export const catalog: MethodCatalog = {
  names: (kind) => methods.filter((method) => method.kind === kind).map(({ name }) => name),
  options: (kind, name) => methodNamed(kind, name)?.options,
  trials(stage, parts) {
    const [own] = choiceOf(stage);
    return own?.method.trials(own.options, parts.flatMap(choiceOf)) ?? 0;
  },
  refuses: (order, parts) =>
    methodNamed('combine', order)?.refuses?.(parts.flatMap(([kind, name]) => methodNamed(kind, name) ?? [])),
};
