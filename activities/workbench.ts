import { judgement } from '../evaluation/metrics/judgement.js';
import { seededRandom } from '../evaluation/statistics/random.js';
import type { Workbench } from '../methods/method.js';
import type { GroupWork } from './group-work.js';

/** What a group's method may use; validation and test items are judged by the same rule. */
export function workbench(work: GroupWork, onProgress: Workbench['onProgress']): Workbench {
  return {
    model: work.model,
    prefixes: work.prefixes,
    validation: work.validation,
    judge: judgement,
    random: (purpose) => seededRandom(`${work.seed}/${purpose}`),
    onProgress,
  };
}
