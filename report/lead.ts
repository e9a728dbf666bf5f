import { groupBy } from '../evaluation/statistics/group-by.js';
import type { Answer } from './answer.js';
import { confidenceOf, switchInterval } from './answer-phrases.js';
import type { Choice } from './answer-rows.js';
import { formPhrase } from './method-notes.js';
import { type Phrase, phrase, phraseText } from './phrase.js';
import type { Study } from './study.js';

const MOST_CLAUSES = 6;

/** The study's answer in one sentence: a clause a task, or counts where there are too many for a sentence. */
export function leadSentence(study: Study, answers: readonly Answer[]): Phrase {
  if (answers.length === 0) return phrase`This study compares no steering stage with a fine-tuning stage.`;
  if (answers.length > MOST_CLAUSES)
    return phrase`Of ${String(answers.length)} comparisons: ${countsOf(answers)}.${formsOf(study, answers)}`;
  const several = new Set(answers.map(({ model }) => model)).size > 1;
  const clauses = sameAnswers(study, answers).flatMap(({ told, clause }, index) => {
    const places = told.map(({ task, model }) => (several ? `${task} with ${model}` : task));
    return phrase`${index > 0 ? '; ' : ''}${listed(places)}: ${clause}`;
  });
  return phrase`${clauses}.`;
}

/** Tasks of which the same is said share a clause, in the order of their first. */
function sameAnswers(study: Study, answers: readonly Answer[]): { told: Answer[]; clause: Phrase }[] {
  const groups = new Map<string, { told: Answer[]; clause: Phrase }>();
  for (const answer of answers) {
    const clause = clauseOf(study, answer);
    const group = groups.get(phraseText(clause));
    if (group === undefined) groups.set(phraseText(clause), { told: [answer], clause });
    else group.told.push(answer);
  }
  return [...groups.values()];
}

function clauseOf(study: Study, { headline, choice, comparison }: Answer): Phrase {
  if (choice !== 'switch' || !comparison) return headline;
  return phrase`${headline} (${confidenceOf(study)} interval ${switchInterval(comparison)})`;
}

/** `a`, `a and b`, `a, b and c` */
function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

const WORDS: Record<Choice, string> = {
  switch: 'a crossover in',
  steer: 'steering better on average in',
  finetune: 'fine-tuning better on average in',
  neither: 'no gain in',
  partly: 'decided at one end in',
  undecided: 'undecided in',
};

function countsOf(answers: readonly Answer[]): string {
  const counts = Object.entries(WORDS).map(([choice, words]) => ({
    words,
    found: answers.filter((answer) => answer.choice === choice).length,
  }));
  return counts.flatMap(({ words, found }) => (found > 0 ? [`${words} ${found}`] : [])).join(', ');
}

/** What stands for steering, where it is not one form in all. */
function formsOf(study: Study, answers: readonly Answer[]): string {
  const forms = groupBy(
    answers.flatMap(({ steer }) => formPhrase(study, steer) ?? []),
    (form) => form,
  );
  if (forms.size < 2) return '';
  const counts = [...forms].map(([form, of]) => `${form} in ${of.length}`);
  return ` Steering is led by ${listed(counts)}.`;
}
