import type { GeneratedAnswers } from '../../schemas/generated-answers.js';
import type { AnswerOutcome } from '../../schemas/tables.js';
import { callTexts } from './call-texts.js';
import { numberTexts } from './number-text.js';
import { plainText } from './plain-text.js';

/** What was read out of a generated text, and whether it is what the target says; `parsed` is null when nothing could be read. */
export interface JudgedAnswer {
  outcome: AnswerOutcome;
  parsed: string | null;
}

/** Holds a generated text against the target, both read by the task's rule. @throws when the target has no answer by it */
export function judgedAnswer(text: string, target: string, rule: GeneratedAnswers): JudgedAnswer {
  const wanted = parsedAnswer(target, rule);
  if (wanted === undefined) throw new Error(`the target ${JSON.stringify(target)} holds no answer`);
  const parsed = parsedAnswer(text, rule);
  if (parsed === undefined) return { outcome: 'unparsable', parsed: null };
  return { outcome: parsed === wanted ? 'right' : 'wrong', parsed };
}

/** The answer that a text holds, in the one form in which answers are compared; undefined where it holds none. */
export function parsedAnswer(text: string, rule: GeneratedAnswers): string | undefined {
  const passages = rule.pattern === undefined ? [text] : matches(text, rule.pattern);
  const answers = passages.flatMap((passage) => answersIn(passage, rule));
  return rule.take === 'first' ? answers[0] : answers.at(-1);
}

function matches(text: string, pattern: string): string[] {
  return [...text.matchAll(new RegExp(pattern, 'gm'))].flatMap(([, group]) => group ?? []);
}

function answersIn(passage: string, { generate, ignore_case: ignoreCase }: GeneratedAnswers): string[] {
  switch (generate) {
    case 'numeric':
      return numberTexts(passage);
    case 'tool-call':
      return callTexts(passage);
    case 'exact': {
      const plain = plainText(passage, { ignoreCase });
      return plain === undefined ? [] : [plain];
    }
  }
}
