import { judgedAnswer } from '../evaluation/answers/judged-answer.js';
import { judgement } from '../evaluation/metrics/judgement.js';
import { optionMargin } from '../evaluation/metrics/margin.js';
import { seededRandom } from '../evaluation/statistics/random.js';
import { answerScores } from '../models/answer-scores.js';
import type { EncodedItem, GeneratedItem } from '../models/batch.js';
import { type Generated, generateAll } from '../models/generation.js';
import type { LanguageModel } from '../models/language-model.js';
import { type ScoringOptions, scoreOptions } from '../models/scoring.js';
import { generatedText } from '../models/text-end.js';
import type { GenerationScore, ItemScore } from '../schemas/tables.js';

export interface Examination {
  /** One for each item, in their order. */
  scores: ItemScore[];
  /** Of the items whose answer is generated. */
  generations: GenerationScore[];
}

/**
 * Puts items before a model, each as its task says: which option it finds most probable, or what it writes.
 * @throws when answers are to be written and the model has no tokenizer; NonFinite
 */
export async function examine(
  model: LanguageModel,
  items: readonly EncodedItem[],
  options: ScoringOptions,
): Promise<Examination> {
  const written = items.flatMap((item) =>
    item.generates === undefined ? [] : [writing(item, item.generates)],
  );
  if (written.length === 0) return { scores: await chosen(model, items, options), generations: [] };
  if (written.length < items.length)
    throw new Error('found items with and without a target, expected one kind');
  return writtenAnswers(model, written, options);
}

/** The scores alone: what a search goes by. */
export async function examinedScores(...asked: Parameters<typeof examine>): Promise<ItemScore[]> {
  return (await examine(...asked)).scores;
}

async function chosen(
  model: LanguageModel,
  items: readonly EncodedItem[],
  options: ScoringOptions,
): Promise<ItemScore[]> {
  const logprobs = await answerScores(model, items, options);
  return items.map(({ id, label }, index) => {
    const own = logprobs[index] ?? [];
    return { item: id, label, ...judgement(own, label), logprobs: own };
  });
}

type WritingItem = EncodedItem & { generates: GeneratedItem };

function writing(item: EncodedItem, generates: GeneratedItem): WritingItem {
  return { ...item, generates };
}

async function writtenAnswers(
  model: LanguageModel,
  items: readonly WritingItem[],
  options: ScoringOptions,
): Promise<Examination> {
  const { onProgress: _, ...quietly } = options;
  const logprobs = await scoreOptions(model, items, quietly);
  const texts = await written(model, items, options);
  const generations = items.map((item, index) => generationScore(model, item, texts[index]));
  const scores = items.map(({ id, label }, index) => {
    const correct = generations[index]?.outcome === 'right';
    const own = logprobs[index] ?? [];
    const margin = own.length === 1 ? (own[0] ?? Number.NaN) : optionMargin(own, label);
    return { item: id, label: 1, prediction: Number(correct), correct, margin, logprobs: [] };
  });
  return { scores, generations };
}

/** What a model writes after every item, all by the rule that items of one task share. */
async function written(
  model: LanguageModel,
  items: readonly WritingItem[],
  { treatment, meter, onProgress }: ScoringOptions,
): Promise<Generated[]> {
  const [first] = items;
  if (first === undefined) return [];
  const { max_tokens: maxTokens, stop, sampled } = first.generates.rule;
  return generateAll(model, items, {
    maxTokens,
    stop,
    sampling: sampled && {
      temperature: sampled.temperature,
      draws: items.map(({ id }) => seededRandom(`answer/${sampled.seed}/${id}`)),
    },
    ...(treatment && { treatment }),
    ...(meter && { meter }),
    ...(onProgress && { onProgress }),
  });
}

function generationScore(
  model: LanguageModel,
  { id, generates: { target, rule } }: WritingItem,
  generated: Generated | undefined,
): GenerationScore {
  if (generated === undefined) throw new Error(`nothing was generated for item ${id}`);
  const text = generatedText(model, generated.ids, rule.stop);
  const { outcome, parsed } = judgedAnswer(text, target, rule);
  return { item: id, target, text, parsed, outcome, tokens: generated.ids.length, ended: generated.ended };
}
