import { methodNamed } from '../methods/catalog.js';
import type { Method } from '../methods/method.js';
import type { Stage } from '../schemas/pipeline.js';
import { methodOptions } from '../schemas/pipeline-file.js';
import { isMethodStage } from '../schemas/pipeline-graph.js';

/** The method that a stage runs, with its options. @throws when the stage runs none */
export function methodOf(stage: Stage): { method: Method; options: Record<string, unknown> } {
  const method = isMethodStage(stage)
    ? methodNamed(stage.stage, stage.method)
    : stage.stage === 'combine'
      ? methodNamed('combine', stage.order)
      : undefined;
  if (method === undefined) throw new Error(`a ${stage.stage} stage runs no method that is known`);
  return { method, options: method.options.parse(methodOptions(stage)) };
}
