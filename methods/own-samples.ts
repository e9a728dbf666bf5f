import type { EncodedItem } from '../models/batch.js';
import { computeMeter, type Spent, spentBy } from '../models/compute-meter.js';
import { generateAll } from '../models/generation.js';
import type { LanguageModel } from '../models/language-model.js';

/** How a model's own text becomes a wrong answer. */
export interface OwnSampling {
  /** The answer in a generated text as token ids, without what ended it; undefined when it is right, or empty. */
  wrongAnswer: (item: EncodedItem, ids: readonly number[]) => number[] | undefined;
  /** A generator of numbers in [0, 1) for an item's attempt. */
  random: (item: EncodedItem, attempt: number) => () => number;
}

/** Draws at temperature 1 that an item gets when its most probable text is no wrong answer. */
const DRAWS = 4;

/**
 * Gives items a wrong answer of the base model's own beside their target: its most probable text, or the first wrong one of
 * four draws at temperature 1. Items that it never got wrong are not in the result.
 */
export async function withOwnSamples(
  model: LanguageModel,
  items: readonly EncodedItem[],
  { wrongAnswer, random }: OwnSampling,
): Promise<{ byItem: Map<EncodedItem, EncodedItem>; spent: Spent }> {
  const meter = computeMeter();
  const byItem = new Map<EncodedItem, EncodedItem>();
  for (let attempt = 0; attempt <= DRAWS; attempt++) {
    const open = items.filter((item) => !byItem.has(item));
    const { max_tokens: maxTokens, stop } = open[0]?.generates?.rule ?? { max_tokens: 0, stop: [] };
    const draws = open.map((item) => random(item, attempt));
    const sampling = { temperature: 1, draws };
    const options = { maxTokens, stop, meter, ...(attempt > 0 && { sampling }) };
    const texts = await generateAll(model, open, options);
    for (const [index, item] of open.entries()) {
      const wrong = wrongAnswer(item, texts[index]?.ids ?? []);
      if (wrong !== undefined) byItem.set(item, { ...item, optionIds: [...item.optionIds, wrong] });
    }
  }
  return { byItem, spent: spentBy(meter) };
}
