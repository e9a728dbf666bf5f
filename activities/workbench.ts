import { seededRandom } from '../evaluation/statistics/random.js';
import type { ContrastReader } from '../methods/contrasts.js';
import type { Workbench } from '../methods/method.js';
import { lengthOf } from '../models/context-room.js';
import { noTreatment } from '../models/treatment.js';
import { examinedScores } from './examine.js';
import { type GroupWork, tokenizerOf } from './group-work.js';

/** What a group's method may use; validation and test items are judged by the same rule. */
export function workbench(
  work: GroupWork,
  { contrasts, onProgress }: { contrasts: ContrastReader; onProgress: Workbench['onProgress'] },
): Workbench {
  return {
    model: work.model,
    on: noTreatment,
    parts: [],
    judged: 'with',
    prefixes: work.prefixes,
    validation: work.validation,
    longest: longestOf(work),
    contrasts,
    unrelated: work.unrelated,
    examine: examinedScores,
    encode: (text) => tokenizerOf(work, work.modelName).encodeContinuation(text),
    random: (purpose) => seededRandom(`${work.seed}/${purpose}`),
    onProgress,
  };
}

/** An episode's later decisions may be longer than its start: they have twice its room. */
function longestOf({ validation, test, elsewhere, offTarget }: GroupWork): number {
  const asked = [test, ...elsewhere].flatMap(({ items, episodes }) =>
    items.map((item) => (episodes === null ? 1 : 2) * lengthOf(item)),
  );
  const lengths = [...validation.map(lengthOf), ...asked, ...offTarget.map(({ ids }) => ids.length)];
  return lengths.reduce((longest, length) => Math.max(longest, length), 0);
}
