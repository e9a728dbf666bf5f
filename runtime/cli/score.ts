import { checkedItem } from '../../models/batch.js';
import type { LanguageModel } from '../../models/language-model.js';
import { scoreOptions } from '../../models/scoring.js';
import { InvalidInput } from '../../schemas/invalid-input.js';
import { loadModel } from '../load-model.js';
import { readSettings } from '../settings.js';
import { chosenTreatment, type TreatmentOptions } from './chosen-treatment.js';
import { printable } from './printable.js';
import { promptOf, tokenizerOf } from './prompt.js';

export interface ScoreOptions extends TreatmentOptions {
  model: string;
  prompt?: string;
  promptIds?: number[];
  option: string[];
  optionIds: number[][];
  chat?: boolean;
  json?: boolean;
}

interface Scored {
  model: string;
  promptTokenIds: number[];
  options: { text: string | null; tokenIds: number[]; logprob: number }[];
}

/** Prints the log-probability of every option after the prompt. */
export async function score(options: ScoreOptions): Promise<void> {
  if (options.prompt === undefined && options.promptIds === undefined)
    throw new InvalidInput('give --prompt or --prompt-ids');
  if (options.option.length + options.optionIds.length === 0)
    throw new InvalidInput('give at least one --option or --option-ids');
  using model = await loadModel(options.model, readSettings(process.env, process.cwd()));
  const scored = await scoreWith(model, options);
  process.stdout.write(options.json ? `${JSON.stringify(scored)}\n` : table(scored));
}

async function scoreWith(model: LanguageModel, options: ScoreOptions): Promise<Scored> {
  const prompt =
    options.promptIds === undefined
      ? promptOf(tokenizerOf(model), options.prompt ?? '', { chat: options.chat ?? false })
      : { promptIds: options.promptIds };
  const asked = [
    ...options.option.map((text) => ({ text, tokenIds: tokenizerOf(model).encodeContinuation(text) })),
    ...options.optionIds.map((tokenIds) => ({ text: model.tokenizer?.decode(tokenIds) ?? null, tokenIds })),
  ];
  checkIds(model, [prompt.promptIds, ...asked.map(({ tokenIds }) => tokenIds)].flat());
  const item = checkedItem({
    id: 'prompt',
    ...prompt,
    optionIds: asked.map(({ tokenIds }) => tokenIds),
    label: 0,
  });
  const treatment = await chosenTreatment(model, options);
  const [logprobs = []] = await scoreOptions(model, [item], { treatment });
  return {
    model: model.name,
    promptTokenIds: prompt.promptIds,
    options: asked.map((option, index) => ({ ...option, logprob: logprobs[index] ?? Number.NaN })),
  };
}

function checkIds({ name, config }: LanguageModel, ids: number[]): void {
  const outside = ids.find((id) => id >= config.vocabulary);
  if (outside !== undefined)
    throw new InvalidInput(`token id ${outside}: model "${name}" has ids 0 to ${config.vocabulary - 1}`);
}

function table({ options }: Scored): string {
  const best = Math.max(...options.map(({ logprob }) => logprob));
  const lines = options.map(({ text, tokenIds, logprob }) => {
    const shown = text === null ? `[${tokenIds.join(', ')}]` : JSON.stringify(printable(text));
    return `${logprob === best ? '→' : ' '} ${logprob.toFixed(4).padStart(10)}  ${shown}  (${tokenIds.length} token${tokenIds.length === 1 ? '' : 's'})`;
  });
  return `${['    log p', ...lines].join('\n')}\n`;
}
