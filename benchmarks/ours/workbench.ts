import { examinedScores } from '../../activities/examine.js';
import { seededRandom } from '../../evaluation/statistics/random.js';
import { contrastReader } from '../../methods/contrasts.js';
import type { Method, Workbench } from '../../methods/method.js';
import type { Trainable } from '../../methods/training.js';
import type { EncodedItem } from '../../models/batch.js';
import { lengthOf } from '../../models/context-room.js';
import type { LanguageModel } from '../../models/language-model.js';
import { PrefixCache } from '../../models/prefix-cache.js';
import { noTreatment } from '../../models/treatment.js';

const PREFIX_BYTES = 2 ** 31;

/** What a method needs to spend these examples, as in a study but for the study. */
export function workbench(
  model: LanguageModel,
  { validation = [] }: { validation?: readonly EncodedItem[] } = {},
): Workbench {
  const prefixes = new PrefixCache({ maxBytes: PREFIX_BYTES });
  return {
    model,
    on: noTreatment,
    parts: [],
    judged: 'with',
    prefixes,
    validation,
    longest: Math.max(0, ...validation.map(lengthOf)),
    contrasts: contrastReader({ model, prefixes }),
    unrelated: [],
    examine: examinedScores,
    encode: (text) => model.tokenizer?.encode(text) ?? [],
    random: (purpose) => seededRandom(purpose),
    onProgress() {},
  };
}

/** Where a method's training starts, with its default options but for these. */
export function startOf(method: Method, bench: Workbench, options: Record<string, unknown>): Trainable {
  const [start] = method.starts?.(bench, options) ?? [];
  if (start === undefined) throw new Error(`${method.name} has no start to train from`);
  return start;
}
