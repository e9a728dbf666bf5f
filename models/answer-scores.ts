import type { EncodedItem } from './batch.js';
import type { LanguageModel } from './language-model.js';
import { type ScoringOptions, scoreOptions } from './scoring.js';

/**
 * The scores by which the options of items are compared, each item as its task says: the summed log-probability; that
 * divided by the option's characters (`acc_norm` of lm-evaluation-harness); or less its log-probability after nothing but
 * the token that begins a text (Brown et al. 2020, section 2.4; Holtzman et al. 2021, eq. 2). Item → option, nats.
 * @throws as `scoreOptions`; when a model without such a token is to compare by `prior`
 */
export async function answerScores(
  model: LanguageModel,
  items: readonly EncodedItem[],
  options: ScoringOptions = {},
): Promise<number[][]> {
  const logprobs = await scoreOptions(model, items, options);
  const priors = await priorsOf(model, items, options);
  return items.map(({ scoring }, index) => {
    const own = logprobs[index] ?? [];
    if (scoring === undefined) return own;
    if (scoring.rule === 'prior') {
      const prior = priors.get(index) ?? [];
      return own.map((value, option) => value - (prior[option] ?? Number.NaN));
    }
    return own.map((value, option) => value / (scoring.characters[option] ?? Number.NaN));
  });
}

async function priorsOf(
  model: LanguageModel,
  items: readonly EncodedItem[],
  { onProgress: _, prefixes: __, ...options }: ScoringOptions,
): Promise<Map<number, number[]>> {
  const asked = [...items.entries()].filter(([, { scoring }]) => scoring?.rule === 'prior');
  if (asked.length === 0) return new Map();
  const start = model.config.bosTokenId ?? model.tokenizer?.endOfTurn;
  if (start === undefined)
    throw new Error(`${model.name} has no token that begins a text, which scoring "prior" needs`);
  // A treatment's prompt follows the token that begins the text.
  const words = { start: 1, end: 1 };
  const alone = asked.map(([, item]) => ({ ...item, promptIds: [start], words }));
  const scores = await scoreOptions(model, alone, options);
  return new Map(asked.map(([index], place) => [index, scores[place] ?? []]));
}
