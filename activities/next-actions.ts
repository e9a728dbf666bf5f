import { parsedAnswer } from '../evaluation/answers/judged-answer.js';
import { judgement } from '../evaluation/metrics/judgement.js';
import type { TaskItem } from '../evaluation/tasks/item.js';
import { answerScores } from '../models/answer-scores.js';
import { type Asking, type EncodedItem, encodeItem } from '../models/batch.js';
import { generateAll } from '../models/generation.js';
import type { LanguageModel } from '../models/language-model.js';
import type { ScoringOptions } from '../models/scoring.js';
import { generatedText } from '../models/text-end.js';
import type { GeneratedAnswers } from '../schemas/generated-answers.js';

/** What a model does next. */
export interface NextAction {
  /** The action that it takes, one of those there are; undefined when it wrote none of them. */
  action: string | undefined;
  /** As it was chosen or written. */
  text: string;
  /** Of the expert's action over the best other one, nats. */
  margin: number;
}

/**
 * The next action of every episode: the most probable of those there are, or the one that the model writes.
 * @param decisions the actions of every state as options, the expert's as the right one
 * @throws when the model has no tokenizer; NonFinite
 */
export async function nextActions(
  model: LanguageModel,
  decisions: readonly TaskItem[],
  { asking, ...options }: ScoringOptions & { asking: Asking },
): Promise<NextAction[]> {
  const { tokenizer } = model;
  if (tokenizer === undefined)
    throw new Error(`model "${model.name}" has no tokenizer, and an episode is text`);
  const encoded = decisions.map((decision) => encodeItem(tokenizer, decision, asking));
  const logprobs = await answerScores(model, encoded, options);
  const { scoring } = asking;
  const texts =
    typeof scoring === 'object' ? await writtenTexts(model, encoded, { ...options, rule: scoring }) : [];
  return decisions.map((decision, index) => {
    const { prediction, margin } = judgement(logprobs[index] ?? [], decision.label);
    const chosen = decision.options[prediction] ?? '';
    if (typeof scoring !== 'object') return { action: chosen, text: chosen, margin };
    const text = texts[index] ?? '';
    return { action: actionIn(text, decision.options, scoring), text, margin };
  });
}

async function writtenTexts(
  model: LanguageModel,
  items: readonly EncodedItem[],
  { rule, ...options }: Pick<ScoringOptions, 'treatment' | 'meter'> & { rule: GeneratedAnswers },
): Promise<string[]> {
  const generated = await generateAll(model, items, {
    ...options,
    maxTokens: rule.max_tokens,
    stop: rule.stop,
  });
  return generated.map(({ ids }) => generatedText(model, ids, rule.stop));
}

/** The action that a text says, compared as answers of the task are. */
function actionIn(text: string, actions: readonly string[], rule: GeneratedAnswers): string | undefined {
  const said = parsedAnswer(text, rule);
  return said === undefined ? undefined : actions.find((action) => parsedAnswer(action, rule) === said);
}
