import { judgedAnswer } from '../evaluation/answers/judged-answer.js';
import { seededRandom } from '../evaluation/statistics/random.js';
import { type ContrastReader, contrastReader } from '../methods/contrasts.js';
import type { OwnSampling } from '../methods/own-samples.js';
import { generatedText } from '../models/text-end.js';
import { type GroupWork, tokenizerOf } from './group-work.js';

/** The contrasts of a group's training items; where they have a target alone, against what the base model writes. */
export function groupContrasts(work: GroupWork): ContrastReader {
  return contrastReader({ ...work, sampling: ownSampling(work) });
}

function ownSampling(work: GroupWork): OwnSampling {
  return {
    wrongAnswer({ generates }, ids) {
      if (generates === undefined) return undefined;
      const { target, rule } = generates;
      const text = generatedText(work.model, ids, rule.stop);
      const isRight = judgedAnswer(text, target, rule).outcome === 'right';
      return isRight || text.trim() === '' ? undefined : tokenizerOf(work, work.modelName).encode(text);
    },
    random: ({ id }, attempt) => seededRandom(`own sample/${work.seed}/${id}/${attempt}`),
  };
}
