import type { Pipeline } from '../schemas/pipeline.js';
import { baselineStageOf, dependenciesOf } from '../schemas/pipeline-graph.js';
import { groupsOf } from '../schemas/plan.js';

/**
 * Which groups of which stages may begin. A stage begins when all that it names is done; a combination's group needs no
 * more of its parts than their groups of the same model, task and seed.
 */
export class Readiness {
  readonly #pipeline: Pipeline;
  readonly #baselineFirst: boolean;
  readonly #finished = new Set<string>();
  /** Stage → places of its groups that are done, while it runs. */
  readonly #done = new Map<string, Set<number>>();

  constructor(pipeline: Pipeline, { baselineFirst }: { baselineFirst: boolean }) {
    this.#pipeline = pipeline;
    this.#baselineFirst = baselineFirst;
  }

  groupsDone(stage: string, groups: readonly number[]): void {
    const done = this.#done.get(stage) ?? new Set();
    for (const group of groups) done.add(group);
    this.#done.set(stage, done);
  }

  finished(stage: string): void {
    this.#finished.add(stage);
  }

  mayBegin(stage: string): boolean {
    const ready = this.of(stage);
    return ready === 'all' || ready.length > 0;
  }

  /** Places of the groups that may begin, ascending; `all` of them when nothing that the stage needs is still running. */
  of(stage: string): 'all' | number[] {
    const missing = this.#needsOf(stage).filter((need) => !this.#finished.has(need));
    if (missing.length === 0) return 'all';
    if (!missing.every((need) => this.#isPart(stage, need))) return [];
    return groupsOf(this.#pipeline, stage).flatMap((_, place) =>
      missing.every((need) => this.#done.get(need)?.has(place) === true) ? [place] : [],
    );
  }

  #needsOf(stage: string): string[] {
    const named = dependenciesOf(this.#pipeline, stage);
    const baseline = baselineStageOf(this.#pipeline, stage);
    const waits = this.#baselineFirst && baseline !== undefined && baseline !== stage;
    return waits ? [...named, baseline] : named;
  }

  /** Whether a stage combines another, group by group in the same order. */
  #isPart(stage: string, other: string): boolean {
    if (this.#pipeline.stages[stage]?.stage !== 'combine') return false;
    const places = (name: string) => JSON.stringify(groupsOf(this.#pipeline, name));
    return places(stage) === places(other);
  }
}
