import { examinedScores } from '../../activities/examine.js';
import { seededRandom } from '../../evaluation/statistics/random.js';
import { contrastReader } from '../../methods/contrasts.js';
import type { Workbench } from '../../methods/method.js';
import type { EncodedItem } from '../../models/batch.js';
import { lengthOf } from '../../models/context-room.js';
import type { LanguageModel } from '../../models/language-model.js';
import { PrefixCache } from '../../models/prefix-cache.js';
import { noTreatment } from '../../models/treatment.js';
import { randomIds, seeded } from '../models/fixtures.js';

/** Tokens of a window of unrelated text. */
const WINDOW = 20;

/** What a study gives a method, over a model and the items of a test. */
export function testBench(
  model: LanguageModel,
  { validation }: { validation: readonly EncodedItem[] },
): Workbench {
  const prefixes = new PrefixCache({ maxBytes: 2 ** 24 });
  const random = seeded(99);
  return {
    model,
    on: noTreatment,
    parts: [],
    judged: 'with',
    validation,
    longest: Math.max(WINDOW, ...validation.map(lengthOf)),
    prefixes,
    contrasts: contrastReader({ model, prefixes }),
    unrelated: Array.from({ length: 4 }, () => randomIds(random, WINDOW)),
    examine: examinedScores,
    encode: (text) => [...text].map((character) => character.charCodeAt(0) % 160),
    random: (purpose) => seededRandom(`0/${purpose}`),
    onProgress: () => undefined,
  };
}
