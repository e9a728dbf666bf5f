import { judgement } from '../../evaluation/metrics/judgement.js';
import { seededRandom } from '../../evaluation/statistics/random.js';
import type { Workbench } from '../../methods/method.js';
import type { EncodedItem } from '../../models/batch.js';
import type { LanguageModel } from '../../models/language-model.js';
import { PrefixCache } from '../../models/prefix-cache.js';

/** What a study gives a method, over a model and validation items of a test. */
export function testBench(model: LanguageModel, validation: readonly EncodedItem[]): Workbench {
  return {
    model,
    validation,
    prefixes: new PrefixCache({ maxBytes: 2 ** 24 }),
    judge: judgement,
    random: (purpose) => seededRandom(`0/${purpose}`),
    onProgress: () => undefined,
  };
}
