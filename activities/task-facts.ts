import type { GroupRecord, SampleRecord } from '../schemas/stages.js';
import type { FactRow } from '../schemas/tables.js';

/**
 * What makes a task hard for a model, in numbers: the facts of its card, those of the model, and where both are known the
 * feature density, features ÷ hidden size.
 */
export function taskFacts(
  groups: readonly GroupRecord[],
  samples: ReadonlyMap<string, SampleRecord>,
): FactRow[] {
  const places = new Map(groups.map((group) => [JSON.stringify([group.model, group.task]), group]));
  return [...places.values()].flatMap(({ model, task, modelFacts }) => {
    const known = { ...samples.get(task)?.card.facts, ...modelFacts };
    const { features, hidden } = known;
    const density = features === undefined || hidden === undefined ? {} : { density: features / hidden };
    return Object.entries({ ...known, ...density }).map(([fact, value]) => ({ model, task, fact, value }));
  });
}
