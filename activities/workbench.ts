import { seededRandom } from '../evaluation/statistics/random.js';
import type { ContrastReader } from '../methods/contrasts.js';
import type { Workbench } from '../methods/method.js';
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
    contrasts,
    unrelated: work.unrelated,
    examine: examinedScores,
    encode: (text) => tokenizerOf(work, work.modelName).encodeContinuation(text),
    random: (purpose) => seededRandom(`${work.seed}/${purpose}`),
    onProgress,
  };
}
