import type { FactRow } from '../../../schemas/tables.js';
import { type Estimate, hasLogarithm } from '../bootstrap.js';
import type { Capability } from '../law-rows.js';
import { isBaseline, seedsAt } from '../scored-stage.js';
import type { TaskBootstrap } from '../task-bootstrap.js';

/**
 * How capable a model is for a task, as log X with its resamples: X = parameters; what it was trained on (tokens, or steps
 * where all models share a batch: the laws differ by a constant factor); or 1 ÷ the untreated model's mean loss, the only
 * one that is measured with error. Undefined where it is not known, or a resample's loss is 0.
 */
export function logCapability(
  capability: Capability,
  { bootstrap, facts }: { bootstrap: TaskBootstrap; facts: readonly FactRow[] },
): Estimate | undefined {
  if (capability === 'zero-shot') return zeroShot(bootstrap);
  const { model, task } = bootstrap.task;
  const names = capability === 'parameters' ? ['parameters'] : ['pretraining_tokens', 'pretraining_steps'];
  const known = names.flatMap(
    (name) => facts.find((row) => row.fact === name && row.model === model && row.task === task) ?? [],
  );
  const value = known[0]?.value;
  return value === undefined || !(value > 0)
    ? undefined
    : { point: Math.log(value), draws: new Float64Array() };
}

function zeroShot(bootstrap: TaskBootstrap): Estimate | undefined {
  const baseline = [...bootstrap.task.stages.values()].find(isBaseline);
  if (baseline === undefined) return undefined;
  const loss = bootstrap.meanLoss(baseline, 0, seedsAt(baseline, 0));
  if (loss === undefined || !hasLogarithm(loss)) return undefined;
  return { point: -Math.log(loss.point), draws: loss.draws.map((draw) => -Math.log(draw)) };
}
