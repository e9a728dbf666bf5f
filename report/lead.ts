import type { Answer } from './answer.js';
import { confidenceOf, switchInterval } from './answer-phrases.js';
import type { Choice } from './answer-rows.js';
import { type Phrase, phrase } from './phrase.js';
import type { Study } from './study.js';

const MOST_CLAUSES = 6;

/** The study's answer in one sentence: a clause a task, or counts where there are too many for a sentence. */
export function leadSentence(study: Study, answers: readonly Answer[]): Phrase {
  if (answers.length === 0) return phrase`This study compares no steering stage with a fine-tuning stage.`;
  if (answers.length > MOST_CLAUSES)
    return phrase`Of ${String(answers.length)} comparisons: ${countsOf(answers)}.`;
  const several = new Set(answers.map(({ model }) => model)).size > 1;
  const clauses = answers.flatMap((answer, index) => {
    const { task, model, headline, choice, comparison } = answer;
    const interval =
      choice === 'switch' && comparison
        ? phrase` (${confidenceOf(study)} interval ${switchInterval(comparison)})`
        : phrase``;
    return phrase`${index > 0 ? '; ' : ''}${task}${several ? ` with ${model}` : ''}: ${headline}${interval}`;
  });
  return phrase`${clauses}.`;
}

const WORDS: Record<Choice, string> = {
  switch: 'a crossover',
  steer: 'steer',
  finetune: 'fine-tune',
  neither: 'neither helps',
  partly: 'partly decided',
  undecided: 'undecided',
};

function countsOf(answers: readonly Answer[]): string {
  const counts = Object.entries(WORDS).map(([choice, words]) => ({
    words,
    found: answers.filter((answer) => answer.choice === choice).length,
  }));
  return counts.flatMap(({ words, found }) => (found > 0 ? [`${found} ${words}`] : [])).join(', ');
}
