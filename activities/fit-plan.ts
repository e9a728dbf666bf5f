import type { Contest } from '../evaluation/statistics/leads.js';
import type { ClaimSet } from '../schemas/claims.js';
import { MethodKind, type Pipeline, type StageOf } from '../schemas/pipeline.js';
import { stagesOf } from '../schemas/pipeline-graph.js';
import { methodOf } from './methods.js';

/** What a fit stage compares with what, and by which claims it judges. */
export interface FitPlan {
  stage: StageOf<'fit'>;
  claims: ClaimSet | null;
  pairs: [string, string][];
  combinations: { stage: string; of: readonly [string, string]; against: readonly string[] }[];
  contests: Contest[];
}

export async function fitPlan(
  pipeline: Pipeline,
  stage: StageOf<'fit'>,
  loadClaims: (name: string) => Promise<ClaimSet>,
): Promise<FitPlan> {
  return {
    stage,
    claims: stage.claims === undefined ? null : await loadClaims(stage.claims),
    pairs: pairsOf(pipeline, stage),
    combinations: combinationsOf(pipeline, stage),
    contests: contestsOf(pipeline, stage),
  };
}

/** Every stage against every stage of a later kind: prompting, steering, fine-tuning, combinations. */
function pairsOf(pipeline: Pipeline, stage: StageOf<'fit'>): [string, string][] {
  const byKind = MethodKind.options.map((kind) => fittedStages(pipeline, stage, kind));
  return byKind.flatMap((firsts, index) =>
    byKind
      .slice(index + 1)
      .flatMap((seconds) =>
        firsts.flatMap((first) => seconds.map((second): [string, string] => [first, second])),
      ),
  );
}

function combinationsOf(pipeline: Pipeline, { of }: StageOf<'fit'>): FitPlan['combinations'] {
  return stagesOf(pipeline, 'combine').flatMap(([name, combine]) =>
    of.includes(name) ? [{ stage: name, of: combine.of, against: combine.against }] : [],
  );
}

/**
 * Stages by kind. A control, and a stage that searches more because a combination is held against it, does not stand for
 * its kind, unless there is no other.
 */
function contestsOf(pipeline: Pipeline, stage: StageOf<'fit'>): Contest[] {
  const rivals = new Set(stagesOf(pipeline, 'combine').flatMap(([, { against }]) => against));
  return MethodKind.options.flatMap((kind) => {
    const all = fittedStages(pipeline, stage, kind);
    const equals = all.filter((name) => !rivals.has(name) && !isControl(pipeline, name));
    const stages = equals.length > 0 ? equals : all;
    return stages.length > 0 ? [{ kind, stages }] : [];
  });
}

function isControl({ stages }: Pipeline, name: string): boolean {
  const stage = stages[name];
  return stage !== undefined && methodOf(stage).method.control === true;
}

function fittedStages(pipeline: Pipeline, { of }: StageOf<'fit'>, kind: MethodKind): string[] {
  return stagesOf(pipeline, kind).flatMap(([name]) => (of.includes(name) ? [name] : []));
}
